"""A configuration as it stands in the stack's file, given to a mesh as arguments of a program in Python."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pulumi

from meshx.config.errors.shapes import Shape, field_shape, keys_of
from meshx.config.stack import StackConfiguration

MakeOutput = Callable[[Any], "pulumi.Output[Any]"]


def known(value: Any) -> pulumi.Output[Any]:
    """An output whose value is known."""
    return pulumi.Output.from_input(value)


def unknown(value: Any) -> pulumi.Output[Any]:
    """An output that a preview does not know."""

    async def nothing() -> Any:
        return None

    async def no() -> bool:
        return False

    return pulumi.Output(set(), nothing(), no())


@dataclass(frozen=True)
class Later:
    """Stands for an output in a configuration: outputs themselves are made while a program runs."""

    make: MakeOutput
    value: object = ""


def made(values: Any) -> Any:
    """The values with outputs made."""
    if isinstance(values, Later):
        return values.make(values.value)
    if isinstance(values, dict):
        return {key: made(value) for key, value in values.items()}
    return [made(item) for item in values] if isinstance(values, list) else values


def as_arguments(values: Any, output: MakeOutput, place: Shape | None = None) -> Any:
    """The values with keys as in Python, and an output in each place that may have one and holds a text."""
    place = place or Shape(StackConfiguration)
    if place.leaf is not None and isinstance(values, str):
        return output(values)
    if isinstance(values, list):
        return [as_arguments(item, output, place.item or Shape(None)) for item in values]
    if not isinstance(values, dict):
        return values
    if place.section is None:
        return {key: as_arguments(value, output, place.item or Shape(None)) for key, value in values.items()}
    names = {str(field.alias): name for name, field in place.section.model_fields.items()}
    shapes = {key: field_shape(field) for key, field in keys_of(place.section).items()}
    return {
        names.get(key, key): as_arguments(value, output, shapes.get(key, Shape(None))) for key, value in values.items()
    }
