"""What differs between the inputs of a command and its new ones, as the official plugin tells it.

Official plugin: pulumi-go-provider's infer/resource.go (diff: old inputs against new ones) with the SDK's
sdk/go/common/resource/properties_diff.go: a secret is compared as a whole and differs from the same value in plain; a
secret that is not known yet is no difference, unless it stands in a list.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from meshx.plugin_base.custom_resource import Diff, Kind
from meshx.plugin_base.property_diff import Path, path_text
from meshx.plugin_base.property_values import Properties, Secret, Unknown

_REPLACING = {Kind.ADD: Kind.ADD_REPLACE, Kind.DELETE: Kind.DELETE_REPLACE, Kind.UPDATE: Kind.UPDATE_REPLACE}
_REPLACED_AS_A_WHOLE = ("triggers",)
"""A change inside `triggers` is told as an update; the SDK's resource has the engine replace by it (`triggers[*]`)."""


def difference(olds: Properties, state: Properties, news: Properties, ignored: Sequence[str]) -> Diff:
    """The diff of old and new inputs, secrets with their marks; `ignored` properties are as in the state."""
    kept = {**news, **{key: state[key] for key in ignored if key in state}}
    wanted = {key: value for key, value in kept.items() if key != "version" and not key.startswith("__")}
    detailed: dict[str, Kind] = {}
    replaces: list[str] = []
    for path, kind in _changes((), olds, wanted):
        text = path_text(path)
        if text in _REPLACED_AS_A_WHOLE:
            replaces.append(text)
        detailed[text] = _REPLACING[kind] if text in _REPLACED_AS_A_WHOLE else kind
    return Diff(bool(detailed), replaces, detailed=detailed, from_inputs=False)


def _changes(path: Path, old: Any, new: Any) -> Iterator[tuple[Path, Kind]]:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted({*old, *new}):
            yield from _of_key((*path, key), old.get(key), new.get(key))
    elif isinstance(old, list) and isinstance(new, list):
        for index in range(max(len(old), len(new))):
            if index >= len(new):
                yield (*path, index), Kind.DELETE
            elif index >= len(old):
                yield (*path, index), Kind.ADD
            else:
                yield from _changes((*path, index), old[index], new[index])
    elif not _same(old, new):
        yield path, Kind.UPDATE


def _of_key(path: Path, old: Any, new: Any) -> Iterator[tuple[Path, Kind]]:
    if old is None and new is None:
        return
    if old is None:
        yield path, Kind.ADD
    elif new is None:
        yield path, Kind.DELETE
    elif not (isinstance(new, Secret) and isinstance(new.value, Unknown)):
        yield from _changes(path, old, new)


def _same(old: Any, new: Any) -> bool:
    if isinstance(old, Unknown) or isinstance(new, Unknown):
        return False
    if isinstance(old, Secret) and isinstance(new, Secret):
        return _same(old.value, new.value)
    if isinstance(old, dict) and isinstance(new, dict):
        keys = {key for key in {*old, *new} if old.get(key) is not None or new.get(key) is not None}
        return all(_same(old.get(key), new.get(key)) for key in keys)
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(_same, old, new))
    return isinstance(old, bool) is isinstance(new, bool) and old == new
