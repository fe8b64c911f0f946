"""Property paths, and the comparison of two sets of properties into a detailed diff."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from meshx.plugin_base.custom_resource import Diff, Kind
from meshx.plugin_base.property_values import UNKNOWN, Properties, Unknown

Path = tuple[str | int, ...]
"""Keys of objects and indexes of lists, from the top: ("bundle", "files", "/etc/hosts")."""

_BARE_KEY = re.compile(r"[A-Za-z0-9_]+\Z")
_QUOTED_KEY = re.compile(r'\["((?:\\"|[^"])*)"\]')
_REPLACING = {
    Kind.ADD: Kind.ADD_REPLACE,
    Kind.DELETE: Kind.DELETE_REPLACE,
    Kind.UPDATE: Kind.UPDATE_REPLACE,
}


def path_text(path: Sequence[str | int]) -> str:
    """A path as the engine writes it, e.g. `bundle.files["/etc/hosts"].mode` (sdk properties_path.go, String)."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif _BARE_KEY.match(part):
            text += f".{part}" if text else part
        else:
            quoted = part.replace('"', '\\"')
            text += f'["{quoted}"]'
    return text


def path_root(text: str) -> str:
    """The top-level property of a path's text."""
    quoted = _QUOTED_KEY.match(text)
    if quoted:
        return quoted.group(1).replace('\\"', '"')
    return re.split(r"[.\[]", text, maxsplit=1)[0]


def compare(
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    replace_on: Iterable[str] = (),
    delete_before_replace: bool = False,
    stables: Sequence[str] = (),
) -> Diff:
    """The diff of two sets of plain inputs, down to the single values that differ.

    `replace_on` are the paths whose change needs a replacement (as texts; an object's path stands for all in it).
    An UNKNOWN new value counts as a change. Lists are compared index by index.
    """
    changed = dict(_changes((), old, new))
    roots = tuple(replace_on)
    detailed: dict[str, Kind] = {}
    replaces: list[str] = []
    for path, kind in changed.items():
        text = path_text(path)
        if any(path_text(path[:length]) in roots for length in range(1, len(path) + 1)):
            replaces.append(text)
            detailed[text] = _REPLACING[kind]
        else:
            detailed[text] = kind
    return Diff(
        changes=bool(detailed),
        replaces=replaces,
        delete_before_replace=delete_before_replace and bool(replaces),
        detailed=detailed,
        stables=stables,
    )


def has_unknown(value: Any) -> bool:
    """Whether a value is UNKNOWN or has one anywhere inside."""
    if isinstance(value, Unknown):
        return True
    if isinstance(value, Mapping):
        return any(has_unknown(item) for item in cast("Mapping[str, Any]", value).values())
    if isinstance(value, list):
        return any(has_unknown(item) for item in cast("list[Any]", value))
    return False


def unknown_outputs(names: Iterable[str]) -> Properties:
    """Outputs that are unknown in a preview: only the real operation can tell them."""
    return dict.fromkeys(names, UNKNOWN)


def _changes(path: Path, old: Any, new: Any) -> Iterable[tuple[Path, Kind]]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        olds, news = cast("Mapping[str, Any]", old), cast("Mapping[str, Any]", new)
        for key in sorted({*olds, *news}):
            if key not in news:
                yield (*path, key), Kind.DELETE
            elif key not in olds:
                yield (*path, key), Kind.ADD
            else:
                yield from _changes((*path, key), olds[key], news[key])
    elif isinstance(old, list) and isinstance(new, list):
        old_items, new_items = cast("list[Any]", old), cast("list[Any]", new)
        for index in range(max(len(old_items), len(new_items))):
            if index >= len(new_items):
                yield (*path, index), Kind.DELETE
            elif index >= len(old_items):
                yield (*path, index), Kind.ADD
            else:
                yield from _changes((*path, index), old_items[index], new_items[index])
    elif isinstance(new, Unknown) or isinstance(old, bool) is not isinstance(new, bool) or old != new:
        yield path, Kind.UPDATE
