"""Names of networks that are probably one name, mistyped."""

import re
from collections.abc import Iterable

SHORTEST_WORD = 4
"""Shorter words differ on purpose: a and b, eu and us."""


def misspelling_of(name: str, known: Iterable[str]) -> str:
    """The known name that `name` is probably meant to be; "" where it is none.

    Numbers tell networks apart, so names that differ in one are two. One of their words may be mistyped: a letter too
    few, too many or wrong, or two in the wrong order, but not the first. Capitals and signs in between do not count.
    """
    return next((other for other in known if other != name and _is_close(_parts(name), _parts(other))), "")


def _parts(name: str) -> list[str]:
    return re.findall(r"[a-z]+|[0-9]+", name.lower())


def _is_close(one: list[str], other: list[str]) -> bool:
    if len(one) != len(other):
        return False
    different = [pair for pair in zip(one, other, strict=True) if pair[0] != pair[1]]
    return not different or (len(different) == 1 and _is_mistyped(*different[0]))


def _is_mistyped(one: str, other: str) -> bool:
    shorter, longer = sorted((one, other), key=len)
    if len(shorter) < SHORTEST_WORD or shorter.isdigit() or longer.isdigit() or shorter[0] != longer[0]:
        return False
    at = next((i for i, (a, b) in enumerate(zip(shorter, longer, strict=False)) if a != b), len(shorter))
    if len(shorter) < len(longer):
        return shorter[at:] == longer[at + 1 :]
    return shorter[at + 1 :] == longer[at + 1 :] or (
        shorter[at : at + 2] == longer[at : at + 2][::-1] and shorter[at + 2 :] == longer[at + 2 :]
    )
