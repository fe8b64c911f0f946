"""Arguments that a program gives in Python, as the stack's file has them: keys, lists, and placeholders for outputs."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from pydantic import SecretStr

from meshx.config.errors.paths import Location
from meshx.config.errors.problems import Problem
from meshx.config.errors.shapes import Shape, field_shape, keys_of
from meshx.config.leaves import Leaf
from meshx.config.section import Section
from meshx.config.stack import StackConfiguration

IsOutput = Callable[[object], bool]


@dataclass(frozen=True)
class AwaitedValue:
    """An output in the place of a value. output: of the program's own kind, never looked into here."""

    location: Location
    output: Any
    leaf: Leaf


@dataclass
class Arguments:
    """What a program gave.

    stated: as the stack's file has it under `meshx:`. awaited: the outputs, by the placeholders in their places.
    problems: outputs in places where a value decides what is made, and keys that are given twice.
    """

    stated: dict[str, object] = field(default_factory=dict[str, object])
    awaited: dict[str, AwaitedValue] = field(default_factory=dict[str, AwaitedValue])
    problems: list[Problem] = field(default_factory=list[Problem])


def arguments(given: Mapping[str, Any], is_output: IsOutput) -> Arguments:
    """Take a mesh's arguments apart.

    given: keys as in Python (`host_key`) or as in the file (`hostKey`). is_output: whether a value is an output.
    What is of the wrong type stays as it is: the checks of the whole say so.
    """
    taken = Arguments()
    taken.stated = cast("dict[str, object]", _plain(given, (), Shape(StackConfiguration), is_output, taken))
    return taken


def with_values(stated: object, values: Mapping[str, object]) -> Any:
    """What was stated, with values in the places of their placeholders; those of others stay."""
    if isinstance(stated, dict):
        return {key: with_values(below, values) for key, below in cast("dict[str, object]", stated).items()}
    if isinstance(stated, list):
        return [with_values(item, values) for item in cast("list[object]", stated)]
    return values.get(stated, stated) if isinstance(stated, str) else stated


def value_at(configuration: Section, location: Location) -> Any:
    """The checked value at a place of a configuration, secrets as plain text."""
    value: Any = configuration
    for part in location:
        if isinstance(value, Section):
            names = {str(field.alias): name for name, field in type(value).model_fields.items()}
            value = getattr(value, names[str(part)])
        else:
            value = value[part]
    return value.get_secret_value() if isinstance(value, SecretStr) else value


def _plain(given: object, location: Location, place: Shape | None, is_output: IsOutput, taken: Arguments) -> object:
    if is_output(given):
        return _awaited(given, location, place, taken)
    if isinstance(given, Mapping):
        group: dict[str, object] = {}
        for key, value in cast("Mapping[Any, object]", given).items():
            name = _key(key, place)
            if name in group:
                wrong = "the key is given twice, as in Python and as in the stack's file"
                taken.problems.append(Problem((*location, name), wrong, "one of the two"))
            group[name] = _plain(value, (*location, name), _below(place, name), is_output, taken)
        return group
    if isinstance(given, Sequence) and not isinstance(given, str | bytes):
        item = place.item if place else None
        items = enumerate(cast("Sequence[object]", given))
        return [_plain(value, (*location, position), item, is_output, taken) for position, value in items]
    return os.fspath(cast("os.PathLike[str]", given)) if isinstance(given, os.PathLike) else given


def _awaited(given: object, location: Location, place: Shape | None, taken: Arguments) -> str:
    leaf = place.leaf if place else None
    if leaf is None:
        wrong = "an output of another resource stands here, and what stands here decides what is made"
        remedy = "a value that the program knows beforehand; docs/configuration.md marks the keys that take outputs"
        taken.problems.append(Problem(location, wrong, remedy))
        return Leaf().placeholder()
    placeholder = leaf.placeholder()
    taken.awaited[placeholder] = AwaitedValue(location, given, leaf)
    return placeholder


def _key(key: object, place: Shape | None) -> str:
    """A key as the file has it; the user's own, such as those of labels, stay as they are."""
    fields = place.section.model_fields if place and place.section else {}
    return str(fields[key].alias) if isinstance(key, str) and key in fields else str(key)


def _below(place: Shape | None, key: str) -> Shape | None:
    if place is None or place.section is None:
        return place.item if place else None
    found = keys_of(place.section).get(key)
    return None if found is None else field_shape(found)
