"""The configuration as it was written, before it is known to be right.

Rules that compare several places look here and not at the models, so that one mistyped key does not hide what else
is wrong: all problems come at once. Nothing here fails on a value of an unexpected type; it just isn't there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import cast

from meshx.config.errors.origins import Origin, Origins, place_of
from meshx.config.errors.paths import Location


@dataclass(frozen=True)
class Written:
    """A place in the configuration and what is written there; None where nothing is.

    origins: of machines that stand in files of their own.
    """

    location: Location
    value: object
    origins: Origins = field(default_factory=dict[Location, Origin])

    def get(self, *keys: str) -> Written:
        """The place under one key, or under several, one below the other."""
        place = self
        for key in keys:
            below = cast("object", place.value.get(key)) if isinstance(place.value, dict) else None
            place = replace(place, location=(*place.location, key), value=below)
        return place

    def items(self) -> Iterator[Written]:
        """The items of a list; none where there is no list."""
        items = self.value
        if not isinstance(items, list):
            return
        for position, item in enumerate(cast("list[object]", items)):
            yield replace(self, location=(*self.location, position), value=item)

    def entries(self) -> Iterator[Written]:
        """The places under the keys of a group, empty ones too; none where there is no group."""
        group = self.value
        if not isinstance(group, dict):
            return
        for key, value in cast("dict[str, object]", group).items():
            yield replace(self, location=(*self.location, key), value=value)

    def __bool__(self) -> bool:
        """Whether anything is written here."""
        return self.value is not None

    @property
    def path(self) -> str:
        """The place as Pulumi writes it, or by file and line."""
        return place_of(self.location, self.origins)

    @property
    def text(self) -> str:
        """The text here; empty where there is none."""
        return self.value if isinstance(self.value, str) else ""

    @property
    def number(self) -> int | None:
        """The whole number here."""
        return self.value if isinstance(self.value, int) and not isinstance(self.value, bool) else None

    def flag(self, default: bool) -> bool:
        """The true or false here."""
        return self.value if isinstance(self.value, bool) else default
