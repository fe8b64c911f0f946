"""A configuration as it stands in the stack's file, with keys as a program in Python writes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from meshx.config.errors.shapes import Shape, field_shape, keys_of
from meshx.config.stack import StackConfiguration


def as_arguments(values: Any, output: Callable[[Any], Any], place: Shape | None = None) -> Any:
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
