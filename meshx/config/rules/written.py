"""The configuration as it was written, before it is known to be right.

Rules that compare several places look here and not at the models, so that one mistyped key does not hide what else
is wrong: all problems come at once. Nothing here fails on a value of an unexpected type; it just isn't there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from meshx.config.errors.paths import Location, path_of


@dataclass(frozen=True)
class Written:
    """A place in the configuration and what is written there; None where nothing is."""

    location: Location
    value: object

    def get(self, *keys: str) -> Written:
        """The place under one key, or under several, one below the other."""
        place = self
        for key in keys:
            below = cast("object", place.value.get(key)) if isinstance(place.value, dict) else None
            place = Written((*place.location, key), below)
        return place

    def items(self) -> Iterator[Written]:
        """The items of a list; none where there is no list."""
        items = self.value
        if not isinstance(items, list):
            return
        for position, item in enumerate(cast("list[object]", items)):
            yield Written((*self.location, position), item)

    def entries(self) -> Iterator[Written]:
        """The places under the keys of a group, empty ones too; none where there is no group."""
        group = self.value
        if not isinstance(group, dict):
            return
        for key, value in cast("dict[str, object]", group).items():
            yield Written((*self.location, key), value)

    def __bool__(self) -> bool:
        """Whether anything is written here."""
        return self.value is not None

    @property
    def path(self) -> str:
        """The place as Pulumi writes it."""
        return path_of(self.location)

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
