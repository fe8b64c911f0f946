"""The type that each place of the configuration has, in words, read off the models."""

from __future__ import annotations

import types
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import annotated_types
from pydantic.fields import FieldInfo

from meshx.config.errors.paths import Location
from meshx.config.errors.words import OrNumber, Words, enumerate_words
from meshx.config.leaves import Leaf
from meshx.config.section import Section
from meshx.rollout.effect import Effects


@dataclass(frozen=True)
class Shape:
    """A type without `Annotated` and without `None`, and what annotated it."""

    type: Any
    metadata: tuple[Any, ...] = ()

    @property
    def section(self) -> type[Section] | None:
        """The section that stands here, if one does."""
        return self.type if isinstance(self.type, type) and issubclass(self.type, Section) else None

    @property
    def item(self) -> Shape | None:
        """What the items of a list, or the values of a group of free keys, look like."""
        if get_origin(self.type) is tuple:
            return shape(get_args(self.type)[0])
        if get_origin(self.type) is dict:
            return shape(get_args(self.type)[1])
        return None

    @property
    def is_list(self) -> bool:
        """Whether items stand here one after the other."""
        return get_origin(self.type) is tuple

    @property
    def leaf(self) -> Leaf | None:
        """What the value's type says of outputs in its place; None where it may be none."""
        return next((entry for entry in self.metadata if isinstance(entry, Leaf)), None)

    @property
    def effects(self) -> Effects | None:
        """What a change does to machines; None where that is what the changes of its own keys do."""
        return next((entry for entry in self.metadata if isinstance(entry, Effects)), None)

    @property
    def takes_numbers(self) -> bool:
        """Whether a whole number may stand in a text's place."""
        return any(isinstance(entry, OrNumber) for entry in self.metadata)

    @property
    def is_named(self) -> bool:
        """Whether the type itself says what its values are called."""
        return bool(self._names())

    @property
    def choices(self) -> list[str]:
        """The words to choose from, where a value is one of some."""
        return [str(choice) for choice in get_args(self.type)] if get_origin(self.type) is Literal else []

    def words(self, name: str) -> str:
        """What a value here is called, as in "expected ..., found ..."; `name` is the key that it stands under."""
        if named := self._names():
            return named[-1] + self._bounds()
        if self.choices:
            return enumerate_words(self.choices)
        if get_origin(self.type) is tuple:
            return f"a list of {name}"
        if self.section is not None:
            return f"a group of keys ({enumerate_words(list(keys_of(self.section)), 'and')})"
        if get_origin(self.type) is dict:
            return f"a group of {name}, each a key and its value"
        return {bool: "true or false", int: "a whole number"}.get(self.type, "a text") + self._bounds()

    def _names(self) -> list[str]:
        return [entry.words for entry in self.metadata if isinstance(entry, Words)]

    def _bounds(self) -> str:
        least = [entry.ge for entry in self.metadata if isinstance(entry, annotated_types.Ge)]
        most = [entry.le for entry in self.metadata if isinstance(entry, annotated_types.Le)]
        return f" from {least[-1]} to {most[-1]}" if least and most else ""


def shape(annotation: Any, metadata: tuple[Any, ...] = ()) -> Shape:
    """The shape of an annotation; `metadata` is what stood around it."""
    if get_origin(annotation) is Annotated:
        inner, *around = get_args(annotation)
        return shape(inner, (*_flat(around), *metadata))
    if get_origin(annotation) in (Union, types.UnionType):
        return shape(next(part for part in get_args(annotation) if part is not type(None)), metadata)
    return Shape(annotation, metadata)


def _flat(entries: list[Any]) -> list[Any]:
    """Metadata with what stands inside `Field(...)` beside the rest."""
    return [part for entry in entries for part in (entry.metadata if isinstance(entry, FieldInfo) else [entry])]


def field_shape(field: FieldInfo) -> Shape:
    """The shape of a section's field."""
    return shape(field.annotation, tuple(_flat(field.metadata)))


def keys_of(section: type[Section]) -> dict[str, FieldInfo]:
    """A section's keys as the file has them, in their order, with their fields."""
    return {str(field.alias): field for field in section.model_fields.values()}


def shape_at(root: type[Section], location: Location) -> Shape | None:
    """The shape of a place; None where the configuration has no such place."""
    found: Shape | None = Shape(root)
    for part in location:
        if found is None:
            return None
        if isinstance(part, str) and found.section is not None:
            field = keys_of(found.section).get(part)
            found = field_shape(field) if field else None
        else:
            found = found.item
    return found
