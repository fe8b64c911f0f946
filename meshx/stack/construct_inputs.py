"""A component's arguments as the engine hands them to a plugin, as a program in Python has them.

The SDK's own reading makes an output of a whole group if anything in it is secret or depends on something. Here only
the value itself becomes one, so that what is around it stays plain and decides what is made.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any, Final, cast

import pulumi
from google.protobuf import struct_pb2
from pulumi.output import _OutputData  # pyright: ignore[reportPrivateUsage] - the SDK has no public way to make one
from pulumi.resource import DependencyResource

from meshx.plugin_base.property_values import UNKNOWN, Properties, Secret, from_value

_SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
_OUTPUT: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
_SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - a mark, the same everywhere
_RESOURCE: Final = "5cf8f73096256a8f31e491e813e4eb8e"


def inputs_of(struct: struct_pb2.Struct) -> Properties:
    """The arguments of a ConstructRequest: plain values, and outputs for what is unknown, secret or depends."""
    return {key: _value(value) for key, value in struct.fields.items()}


def referred(value: struct_pb2.Value) -> Any:
    """What resources a value refers to: a URN, or a list of such; None for anything else.

    A resource reference has an id beside the URN, which no preview knows, where the host does not tell a component from
    other resources (YAML's).
    """
    if value.HasField("list_value"):
        return [referred(item) for item in value.list_value.values]
    fields = value.struct_value.fields
    signature = fields[_SIGNATURE].string_value if _SIGNATURE in fields else ""
    if signature == _RESOURCE:
        return fields["urn"].string_value
    return referred(fields["value"]) if signature in (_OUTPUT, _SECRET) and "value" in fields else None


def _value(value: struct_pb2.Value) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "list_value":
        return [_value(item) for item in value.list_value.values]
    if kind == "struct_value":
        fields = value.struct_value.fields
        if _SIGNATURE not in fields:
            return {key: _value(field) for key, field in fields.items()}
        if fields[_SIGNATURE].string_value == _OUTPUT:
            urns = [one.string_value for one in fields["dependencies"].list_value.values]
            return _output(from_value(value), urns) if _is_output(value) else _value(fields["value"])
    plain = from_value(value)
    return _output(plain, ()) if plain is UNKNOWN or isinstance(plain, Secret) else plain


def _is_output(value: struct_pb2.Value) -> bool:
    """Whether an output value says more than its value: a program may wrap a plain one."""
    fields = value.struct_value.fields
    return bool("value" not in fields or fields["secret"].bool_value or fields["dependencies"].list_value.values)


def _output(value: Any, urns: Iterable[str]) -> pulumi.Output[Any]:
    secret = isinstance(value, Secret)
    plain = value.value if secret else value
    data: asyncio.Future[_OutputData[Any]] = asyncio.get_running_loop().create_future()
    resources: set[pulumi.Resource] = {DependencyResource(urn) for urn in urns}
    known = plain is not UNKNOWN
    data.set_result(_OutputData(resources, plain if known else None, known, secret))
    return cast("Any", pulumi.Output)._from_data(data)


def holds_unknown(value: Any, location: Sequence[str | int]) -> bool:
    """Whether something that is not known stands at a place of some arguments, or below it."""
    value = value.value if isinstance(value, Secret) else value
    if location:
        here, *below = location
        if isinstance(value, dict):
            return holds_unknown(cast("Properties", value).get(str(here)), below)
        items = cast("list[Any]", value) if isinstance(value, list) else []
        return isinstance(here, int) and here < len(items) and holds_unknown(items[here], below)
    if isinstance(value, dict):
        return any(holds_unknown(one, ()) for one in cast("Properties", value).values())
    if isinstance(value, list):
        return any(holds_unknown(one, ()) for one in cast("list[Any]", value))
    return value is UNKNOWN
