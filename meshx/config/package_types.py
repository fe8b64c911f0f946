"""The types of the package's schema, read off the models: for programs in any language that make a mesh.

The format: pulumi.com/docs, package schema. No key has a `default` there, since the generated SDKs write a default into
what they send, and the rules tell keys that are written from those that are left out: descriptions name it instead.
"""

import json
from collections.abc import Collection
from typing import Any

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from meshx.config.errors.shapes import Shape, field_shape, keys_of
from meshx.config.errors.words import enumerate_words
from meshx.config.reference import default_of
from meshx.config.section import Section
from meshx.config.sections.probe import ProbeConfiguration

Spec = dict[str, Any]
"""A part of the schema, as JSON has it."""

MODULE = "meshx:index:"
ANYTHING: Spec = {"$ref": "pulumi.json#/Any"}


def type_token(section: type[Section]) -> str:
    """The token of a group of keys, such as `meshx:index:MachineSettings`. Public: generated SDKs call it so."""
    return MODULE + section.__name__.replace("Configuration", "Settings")


def types_below(root: type[Section]) -> dict[str, Spec]:
    """The type of every group of keys below `root`, by its token."""
    found: dict[str, Spec] = {}
    for field in keys_of(root).values():
        place = field_shape(field)
        section = (place.item or place).section
        if section is not None and type_token(section) not in found:
            properties, required = inputs_of(section)
            about = " ".join((section.__doc__ or "").split())
            found[type_token(section)] = {
                "type": "object",
                "description": about,
                "properties": properties,
                "required": required,
            }
            found |= types_below(section)
    return found


def inputs_of(section: type[Section], left_out: Collection[str] = ()) -> tuple[dict[str, Spec], list[str]]:
    """The keys of a group, but some, as properties of the schema, and which of them are required."""
    fields = {key: field for key, field in keys_of(section).items() if key not in left_out}
    return (
        {key: _property(key, field) for key, field in fields.items()},
        [key for key, field in fields.items() if field.is_required()],
    )


def _property(key: str, field: FieldInfo) -> Spec:
    place = field_shape(field)
    spec = {**_type(place), "description": _description(key, field, place)}
    return {**spec, "secret": True} if place.type is SecretStr else spec


def _description(key: str, field: FieldInfo, place: Shape) -> str:
    sentences = [(field.description or "").strip()]
    if place.choices:
        sentences.append(f"One of {enumerate_words([f'`{choice}`' for choice in place.choices])}.")
    if default := default_of(field):
        sentences.append(f"Default: {default}.")
    if field.examples:
        sentences.append(f"Example: `{json.dumps(field.examples[0])}`.")
    return " ".join(sentences)


def _type(place: Shape) -> Spec:
    """The type of a place; what takes no outputs takes plain values in typed languages too."""
    kind = _kind(place)
    return kind if place.leaf else {**kind, "plain": True}


def _kind(place: Shape) -> Spec:
    if place.section is ProbeConfiguration:  # a group, or the word that says that nothing is asked
        return {"oneOf": [{"type": "string", "plain": True}, {**_reference(place.section), "plain": True}]}
    if place.section is not None:
        return _reference(place.section)
    if place.item is not None:
        items = _type(place.item)
        return {"type": "array", "items": items} if place.is_list else {"type": "object", "additionalProperties": items}
    if place.type is Any:
        return dict(ANYTHING)
    if place.takes_numbers:
        return {"oneOf": [{"type": kind, "plain": True} for kind in ("string", "integer")]}
    return {"type": {bool: "boolean", int: "integer", float: "number"}.get(place.type, "string")}


def _reference(section: type[Section]) -> Spec:
    return {"$ref": f"#/types/{type_token(section)}"}
