"""Texts that are checked by one pattern."""

import re
from collections.abc import Callable

from meshx.config.errors.words import quote, refuse


def matching(pattern: str, wrong: str, remedy: str, longest: int | None = None) -> Callable[[str], str]:
    """Return a validator that takes texts which match a pattern from end to end and have at most `longest` characters.

    It refuses others by the words "'<text>' <wrong>", and with the remedy.
    """
    whole = re.compile(pattern)

    def validate(text: str) -> str:
        if (longest is not None and len(text) > longest) or not whole.fullmatch(text):
            refuse(f"{quote(text)} {wrong}", remedy)
        return text

    return validate
