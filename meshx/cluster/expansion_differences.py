"""How an object of mesh expansion in the cluster differs from what it must be, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

SELECTORS = ("selector", "workloadLabels")


def differences(expected: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    """What of `expected` an object does not have, each with its path; anything more that it has is ignored.

    Selectors may have fewer labels than expected, as in some patch releases, but not none: that selects every proxy.
    It compares a Corefile by its directives, in any order.
    """
    return list(_of_mapping("", expected, found))


def _of_mapping(path: str, expected: Mapping[str, Any], found: Mapping[str, Any]) -> Iterator[str]:
    for key, value in expected.items():
        place = f"{path}.{key}" if path else key
        if key not in found:
            yield f"{place} is missing"
        elif key in SELECTORS:
            yield from _of_selector(place, value, found[key])
        elif key == "Corefile":
            if directives(str(value)) != directives(str(found[key])):
                yield f"{place} has other directives"
        else:
            yield from _of_value(place, value, found[key])


def _of_value(place: str, expected: Any, found: Any) -> Iterator[str]:
    if isinstance(expected, Mapping) and isinstance(found, Mapping):
        yield from _of_mapping(place, cast("Mapping[str, Any]", expected), cast("Mapping[str, Any]", found))
    elif isinstance(expected, list) and isinstance(found, list):
        yield from _of_list(place, cast("list[Any]", expected), cast("list[Any]", found))
    elif expected != found:
        yield f"{place} is {found!r}, not {expected!r}"


def _of_list(place: str, expected: Sequence[Any], found: Sequence[Any]) -> Iterator[str]:
    if len(expected) != len(found):
        yield f"{place} has {len(found)} entries, not {len(expected)}"
        return
    for position, (wanted, there) in enumerate(zip(expected, found, strict=True)):
        yield from _of_value(f"{place}[{position}]", wanted, there)


def _of_selector(place: str, expected: Mapping[str, str], found: Any) -> Iterator[str]:
    labels = cast("dict[str, str]", found) if isinstance(found, dict) else {}
    if not labels:
        yield f"{place} is empty, which means every proxy"
    elif not labels.items() <= expected.items():
        yield f"{place} is {labels!r}, not {dict(expected)!r}"


def directives(corefile: str) -> frozenset[str]:
    """The directives of a Corefile, each with its arguments and its block, without comments and layout."""
    found: set[str] = set()
    opened: list[str] = []
    for line in corefile.splitlines():
        words = " ".join(line.partition("#")[0].split())
        if not words:
            continue
        if words == "}":
            opened = opened[:-1]
        elif words.endswith("{"):
            opened.append(words.removesuffix("{").strip())
            found.add(" / ".join(opened))
        else:
            found.add(" / ".join([*opened, words]))
    return frozenset(found)
