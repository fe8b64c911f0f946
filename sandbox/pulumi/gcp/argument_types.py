"""Checks inputs against the argument types of the installed SDK, pulumi_gcp, which come from the official schema.

The texts are those of pulumi-terraform-bridge (pkg/tfbridge, formatCheckFailReason).
"""

import importlib
import inspect
import re
from collections.abc import Awaitable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Union, cast, get_args, get_origin

from pulumi import Output
from pulumi._types import input_type_py_to_pulumi_names, input_type_types, is_input_type

from meshx.plugin_base.custom_resource import CheckFailure
from meshx.plugin_base.property_diff import path_text
from meshx.plugin_base.property_values import Properties, Unknown

Path = tuple[str | int, ...]


def failures(token: str, inputs: Properties, name: str) -> list[CheckFailure]:
    """What is unknown, missing or of the wrong type in a resource's inputs, each by its path.

    token: the resource's type, `gcp:compute/instance:Instance`; name: the resource's in the program.
    """
    given = {key: value for key, value in inputs.items() if not key.startswith("__")}
    return [
        CheckFailure(path_text(path), f"{reason}. Examine values at '{name}.{path_text(path)}'.")
        for path, reason in _object_problems((), given, arguments_of(token))
    ]


@cache
def arguments_of(token: str) -> type:
    """The SDK's class of a resource's arguments. Raises KeyError for a token that the SDK does not have."""
    try:
        _, place, kind = token.split(":")
        module, file = place.split("/")
        source = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", file).lower()
        # The module itself: its package imports every resource.
        return getattr(importlib.import_module(f"pulumi_gcp.{module}.{source}"), f"{kind}Args")
    except (ValueError, ImportError, AttributeError):
        raise KeyError(token) from None


def _object_problems(path: Path, given: Mapping[str, Any], kind: type) -> Iterator[tuple[Path, str]]:
    known = input_type_types(kind)
    for key in _required(kind):
        if given.get(key) is None:
            yield (
                (*path, key),
                f'Missing required argument. The argument "{key}" is required, but no definition was found.',
            )
    for key, value in given.items():
        if key not in known:
            yield (*path, key), f'Invalid or unknown key. An argument named "{key}" is not expected here'
        elif value is not None:
            yield from _problems((*path, key), value, _plain(known[key]))


@cache
def _required(kind: type) -> list[str]:
    names = input_type_py_to_pulumi_names(kind)
    parameters = inspect.signature(kind.__init__).parameters.values()
    return [names[one.name] for one in parameters if one.default is one.empty and one.name in names]


def _problems(path: Path, value: Any, kind: Any) -> Iterator[tuple[Path, str]]:
    if isinstance(value, Unknown) or kind is Any:
        return
    if isinstance(kind, type) and is_input_type(kind):
        if isinstance(value, Mapping):
            yield from _object_problems(path, cast("Mapping[str, Any]", value), kind)
        else:
            yield path, "Expected an object"
    elif (origin := get_origin(kind)) is not None and issubclass(origin, Mapping):
        if not isinstance(value, Mapping):
            yield path, "Expected a map"
            return
        for key, item in value.items():
            yield from _problems((*path, key), item, _plain(get_args(kind)[1]))
    elif origin is not None and issubclass(origin, Sequence):
        if not isinstance(value, list):
            yield path, "Expected a list"
            return
        for index, item in enumerate(value):
            yield from _problems((*path, index), item, _plain(get_args(kind)[0]))
    elif not _fits(value, kind):
        yield path, f"Expected a {kind.__name__}, got {type(value).__name__}"


def _fits(value: Any, kind: type) -> bool:
    # The bridge accepts a number or a boolean for its text, and vice versa.
    if kind is bool:
        return isinstance(value, bool) or value in ("true", "false")
    if kind in (int, float):
        numeric = isinstance(value, str) and re.fullmatch(r"-?\d+(\.\d+)?", value) is not None
        return numeric or (isinstance(value, int | float) and not isinstance(value, bool))
    return isinstance(value, str | int | float)


def _plain(kind: Any) -> Any:
    """The type inside an input type: `Input[T]` is `Union[T, Awaitable[T], Output[T]]`."""
    if get_origin(kind) is Union:
        for part in get_args(kind):
            if part is not type(None) and get_origin(part) not in (Awaitable, Output):
                return _plain(part)
    return kind
