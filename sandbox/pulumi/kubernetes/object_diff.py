"""What new inputs change on an object, shown path by path: a JSON merge patch turned into Pulumi's detailed diff.

The rules are those of the official plugin (provider/pkg/provider/provider.go: inputPatch, convertPatchToDiff).
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from meshx.provider.custom_resource import Kind
from meshx.provider.property_diff import path_text
from meshx.provider.property_values import UNKNOWN

_REPLACING = {Kind.ADD: Kind.ADD_REPLACE, Kind.DELETE: Kind.DELETE_REPLACE, Kind.UPDATE: Kind.UPDATE_REPLACE}

REPLACE_KINDS = frozenset(_REPLACING.values())
"""The kinds that ask for a replacement."""

_Path = tuple[str | int, ...]
IsFixed = Callable[[_Path, Any], bool]
"""Whether a change of a path to a value needs a replacement."""


class _Missing:
    """The type of `_MISSING`: a key is not there at all, as opposed to being null."""


_MISSING = _Missing()


def merge_patch(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """The JSON merge patch (RFC 7386) from old to new; an UNKNOWN becomes null as in the official plugin."""
    patch: dict[str, Any] = {key: None for key in old if key not in new}
    for key, value in new.items():
        if value is UNKNOWN:
            patch[key] = None
        elif key not in old:
            patch[key] = _without_unknowns(value)
        elif isinstance(value, dict) and isinstance(old[key], dict):
            if inner := merge_patch(old[key], value):
                patch[key] = inner
        elif not same(old[key], value):
            patch[key] = _without_unknowns(value)
    return patch


def same(one: Any, other: Any) -> bool:
    """Equality where true is not 1, at every depth; an UNKNOWN equals nothing."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(same(a, b) for a, b in zip(one, other, strict=True))
    return one is not UNKNOWN and other is not UNKNOWN and one == other


def _without_unknowns(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_unknowns(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_unknowns(item) for item in value]
    return None if value is UNKNOWN else value


def detailed_diff(
    patch: dict[str, Any],
    old: dict[str, Any],
    new_inputs: dict[str, Any],
    old_inputs: dict[str, Any],
    is_fixed: IsFixed,
) -> dict[str, Kind]:
    """Path text to kind for everything that `patch` changes on `old` by what the two sets of inputs say.

    What only the server has and neither inputs mention is left out.
    """
    found: dict[str, Kind] = {}
    _of_object((), _Sides(patch, old, new_inputs, old_inputs), False, _Collector(found, is_fixed))
    return found


class _Collector:
    def __init__(self, found: dict[str, Kind], is_fixed: IsFixed) -> None:
        self.found = found
        self.is_fixed = is_fixed

    def add(self, path: _Path, kind: Kind, value: Any) -> None:
        self.found[path_text(path)] = _REPLACING[kind] if self.is_fixed(path, value) else kind


@dataclass(frozen=True)
class _Sides:
    """One place in the four trees that are gone through side by side."""

    patch: Any
    old: Any
    new_input: Any
    old_input: Any

    def at(self, key: str) -> "_Sides":
        """The place below, in objects; a key that is only in others' trees is _MISSING."""
        return _Sides(self.patch.get(key), *(_in_object(side, key) for side in self._others()))

    def item(self, index: int) -> "_Sides":
        """The place below, in lists; beyond the end of the old one is _MISSING, beyond the others' None."""
        patch, new_input, old_input = (_in_list(side, index) for side in (self.patch, self.new_input, self.old_input))
        return _Sides(patch, self.old[index] if index < len(self.old) else _MISSING, new_input, old_input)

    def _others(self) -> tuple[Any, Any, Any]:
        return self.old, self.new_input, self.old_input


def _of_value(path: _Path, sides: _Sides, in_list: bool, to: _Collector) -> None:
    value, old = sides.patch, sides.old
    if sides.new_input is _MISSING and (value is not None or sides.old_input is _MISSING):
        # Nothing of the program's: a difference between two values of the server.
        return
    if value is None:
        kind = Kind.DELETE
        if sides.new_input is UNKNOWN:
            kind = Kind.ADD if old is _MISSING else Kind.UPDATE
    elif old is _MISSING:
        kind = Kind.ADD
    elif isinstance(value, dict) and isinstance(old, dict):
        _of_object(path, sides, in_list, to)
        return
    elif isinstance(value, list) and isinstance(old, list):
        for index in range(max(len(value), len(old))):
            _of_value((*path, index), sides.item(index), True, to)
        return
    elif same(value, old):
        # A merge patch replaces lists whole, so it holds more than what changed.
        return
    else:
        kind = Kind.UPDATE
    to.add(path, kind, value)


def _of_object(path: _Path, sides: _Sides, in_list: bool, to: _Collector) -> None:
    # A patch of an object names what goes; one of a list's item is the whole item, and what it lacks goes.
    keys = [*sides.patch, *(key for key in sides.old if in_list and key not in sides.patch)]
    for key in keys:
        _of_value((*path, key), sides.at(key), in_list, to)


def _in_object(value: Any, key: str) -> Any:
    return value.get(key, _MISSING) if isinstance(value, dict) else _MISSING


def _in_list(value: Any, index: int) -> Any:
    return value[index] if isinstance(value, list) and index < len(value) else None


def without_ignored(detailed: dict[str, Kind], ignored: Sequence[str]) -> dict[str, Kind]:
    """The diff without paths that are, or lie in, one of `ignored` (Pulumi property paths; `*` is any one step)."""
    patterns = [
        re.compile(re.escape(path).replace(r"\[\*\]", r"\[[^\]]*\]").replace(r"\*", r"[^.\[\]]+") + r"(?=[.\[]|\Z)")
        for path in ignored
    ]
    return {path: kind for path, kind in detailed.items() if not any(pattern.match(path) for pattern in patterns)}
