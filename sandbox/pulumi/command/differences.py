"""The differences between a command's old and new inputs, as the official plugin reports them.

Official plugin: pulumi-go-provider's infer/resource.go (diff: old inputs against new ones) with the SDK's
sdk/go/common/resource/properties_diff.go: a secret is compared as a whole and differs from the same plain value; an
unknown secret is no difference, unless it is in a list.
"""

import json
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from meshx.plugin_base.custom_resource import Diff, Kind
from meshx.plugin_base.property_diff import compare
from meshx.plugin_base.property_values import Properties, Secret, Unknown

_REPLACING = {Kind.ADD: Kind.ADD_REPLACE, Kind.DELETE: Kind.DELETE_REPLACE, Kind.UPDATE: Kind.UPDATE_REPLACE}
_REPLACED_AS_A_WHOLE = ("triggers",)
"""A change inside `triggers` is reported as an update; the SDK's resource makes the engine replace (`triggers[*]`)."""


def difference(olds: Properties, state: Properties, news: Properties, ignored: Sequence[str]) -> Diff:
    """The diff of old and new inputs, secrets with marks; `ignored` properties are as in the state."""
    kept = {**news, **{key: state[key] for key in ignored if key in state}}
    wanted = {key: value for key, value in kept.items() if key != "version" and not key.startswith("__")}
    found = compare(_comparable(olds, {}), _comparable(wanted, olds)).detailed
    replaces = [text for text in found if text in _REPLACED_AS_A_WHOLE]
    detailed = {text: _REPLACING[kind] if text in replaces else kind for text, kind in found.items()}
    return Diff(bool(detailed), replaces, detailed=detailed, from_inputs=False)


def _comparable(value: Any, old: Any) -> Any:
    """A value without nulls, secrets as texts, and unknown ones as in the `old` value."""
    if isinstance(value, Mapping):
        olds: Mapping[str, Any] = old if isinstance(old, Mapping) else {}
        there = {key: item for key, item in value.items() if item is not None}
        unknown = {key for key, item in there.items() if isinstance(item, Secret) and isinstance(item.value, Unknown)}
        return {
            key: _comparable(olds[key] if key in unknown and olds.get(key) is not None else item, olds.get(key))
            for key, item in there.items()
        }
    if isinstance(value, list):
        return [_comparable(item, None) for item in value]
    if isinstance(value, Secret):
        # As text, where a boolean differs from a number.
        return Secret(json.dumps(_comparable(value.value, None), sort_keys=True, default=_text_of))
    return value


def _text_of(inner: Any) -> str:
    # An unknown value always differs from the old one.
    return str(inner.value) if isinstance(inner, Secret) else secrets.token_hex()
