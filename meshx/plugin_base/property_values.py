"""Property values as Python values, and their form on Pulumi's wire.

The wire form is `google.protobuf.Struct` with marked objects for secrets, assets, archives, outputs and resource
references, and one marked string for unknown values (Pulumi SDK, sdk/go/common/resource/plugin/rpc.go
and sdk/go/common/resource/sig/sig.go).

Python side: None, bool, int, float, str, list, dict[str, ...], and `UNKNOWN`, `Secret`, `Asset`, `Archive`.
An output value becomes its value (UNKNOWN if it has none, a Secret if it is one); a resource reference becomes its id,
or its URN if it has none, as the engine does for plugins that ask for neither.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from google.protobuf import struct_pb2

Properties = dict[str, Any]
"""A resource's properties: camelCase names as in Pulumi's state, values as described in this module."""

_SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
_ASSET: Final = "c44067f5952c0a294b673a41bacd8c17"
_ARCHIVE: Final = "0def7320c3a5731c473e5ecbe6d01bc7"
_SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - a mark, the same everywhere
_RESOURCE: Final = "5cf8f73096256a8f31e491e813e4eb8e"
_OUTPUT: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"

# One marker for each type that a value may get once it is known (sdk/go/common/resource/plugin/rpc.go: Unknown*Value).
_UNKNOWN_STRING: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_UNKNOWN_MARKERS: Final = frozenset(
    {
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # bool
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # number
        _UNKNOWN_STRING,
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # array
        "030794c1-ac77-496b-92df-f27374a8bd58",  # asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # object
    }
)

# Above this a double no longer holds every whole number.
_EXACT_INTEGERS: Final = 2**53


class Unknown:
    """The type of `UNKNOWN`, a value that the engine will only know once other resources exist."""

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __bool__(self) -> bool:
        raise TypeError("a value that is not known yet has no truth value; compare it with `is UNKNOWN`")

    def __copy__(self) -> Unknown:
        return self

    def __deepcopy__(self, memo: object) -> Unknown:
        return self


UNKNOWN: Final = Unknown()


@dataclass(frozen=True, repr=False)
class Secret:
    """A value that the state keeps encrypted and shows as `[secret]`; its text form never shows it."""

    value: Any

    def __repr__(self) -> str:
        return "Secret([secret])"


@dataclass(frozen=True)
class Asset:
    """A file as an input: one of text, path or uri. In diffs the engine sends only the SHA-256 `hash`."""

    hash: str = ""
    text: str | None = None
    path: str | None = None
    uri: str | None = None


@dataclass(frozen=True)
class Archive:
    """A set of files as an input: one of assets (name to Asset or Archive), path or uri."""

    hash: str = ""
    assets: Mapping[str, Any] | None = None
    path: str | None = None
    uri: str | None = None


def from_struct(struct: struct_pb2.Struct) -> Properties:
    """The properties of a wire struct; whole numbers become int. Raises ValueError on a malformed marked object."""
    return {key: from_value(value) for key, value in struct.fields.items()}


def to_struct(properties: Mapping[str, Any]) -> struct_pb2.Struct:
    """The wire struct of properties. Raises TypeError that names the property whose value has no wire form."""
    struct = struct_pb2.Struct()
    for key, value in properties.items():
        struct.fields[key].CopyFrom(to_value(value, key))
    return struct


def from_value(value: struct_pb2.Value) -> Any:
    """The Python value of one wire value (see `from_struct`)."""
    kind = value.WhichOneof("kind")
    if kind == "bool_value":
        return value.bool_value
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() and abs(number) <= _EXACT_INTEGERS else number
    if kind == "string_value":
        return UNKNOWN if value.string_value in _UNKNOWN_MARKERS else value.string_value
    if kind == "list_value":
        return [from_value(item) for item in value.list_value.values]
    if kind == "struct_value":
        return _from_object(from_struct(value.struct_value))
    return None


def _from_object(fields: Properties) -> Any:
    signature = fields.pop(_SIGNATURE, None)
    if signature is None:
        return fields
    if signature == _SECRET:
        if "value" not in fields:
            raise ValueError("a secret without a value came over the wire")
        return Secret(fields["value"])
    if signature == _OUTPUT:
        value = fields.get("value", UNKNOWN)
        return Secret(value) if fields.get("secret") is True else value
    if signature == _RESOURCE:
        return (fields["id"] if fields["id"] != "" else UNKNOWN) if "id" in fields else fields["urn"]
    if signature == _ASSET:
        return Asset(fields.get("hash") or "", *(fields.get(key) for key in ("text", "path", "uri")))
    if signature == _ARCHIVE:
        return Archive(fields.get("hash") or "", *(fields.get(key) for key in ("assets", "path", "uri")))
    raise ValueError(f"an object with the unknown signature {signature} came over the wire")


def to_value(value: Any, name: str = "value") -> struct_pb2.Value:  # noqa: PLR0911 - one return for each type
    """The wire value of one Python value; `name` is what a TypeError calls it."""
    if value is None:
        return struct_pb2.Value(null_value=struct_pb2.NULL_VALUE)
    if isinstance(value, bool):
        return struct_pb2.Value(bool_value=value)
    if isinstance(value, (int, float)):
        return struct_pb2.Value(number_value=value)
    if isinstance(value, str):
        return struct_pb2.Value(string_value=value)
    if isinstance(value, Unknown):
        return struct_pb2.Value(string_value=_UNKNOWN_STRING)
    if isinstance(value, Secret):
        return _marked(_SECRET, {"value": value.value}, name)
    if isinstance(value, Asset):
        given = {"hash": value.hash or None, "text": value.text, "path": value.path, "uri": value.uri}
        return _marked(_ASSET, {key: field for key, field in given.items() if field is not None}, name)
    if isinstance(value, Archive):
        given = {"hash": value.hash or None, "assets": value.assets, "path": value.path, "uri": value.uri}
        return _marked(_ARCHIVE, {key: field for key, field in given.items() if field is not None}, name)
    if isinstance(value, Mapping):
        fields = cast("Mapping[str, Any]", value)
        converted = {key: to_value(field, f"{name}.{key}") for key, field in fields.items()}
        return struct_pb2.Value(struct_value=struct_pb2.Struct(fields=converted))
    if isinstance(value, (list, tuple)):
        items = cast("list[Any]", value)
        converted_items = [to_value(item, f"{name}[{index}]") for index, item in enumerate(items)]
        return struct_pb2.Value(list_value=struct_pb2.ListValue(values=converted_items))
    raise TypeError(f"property {name} has a {type(value).__name__}, which Pulumi cannot carry")


def _marked(signature: str, fields: Mapping[str, Any], name: str) -> struct_pb2.Value:
    return to_value({_SIGNATURE: signature, **fields}, name)
