"""Leaves of the configuration: keys whose value may be an output of another resource, known only while a run goes on.

Until then a placeholder stands in its place: a text of a fixed length that no stack has for a value of its own, and
that all code takes as it takes the value. Names, networks, ports and shapes are no leaves, since they decide what is
made.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

from pydantic import GetCoreSchemaHandler, SecretStr
from pydantic_core import CoreSchema, core_schema


class Kind(Enum):
    """What a placeholder must look like, so that what writes it into files treats it as it treats the value."""

    TEXT = "text"
    ADDRESS = "address"
    """An IPv4 address of 241.0.0.0/8, which is reserved (RFC 1112): no host has it."""
    LABEL = "label"
    """Digits alone, which writers of YAML quote: whether they quote the value is seen once it is known."""
    SECRET = "secret"  # noqa: S105 - a kind


_NUMBERS = itertools.count()
_TEXT = r"meshx-output-\d{8}-x"
_ADDRESS = r"241\.[12]\d\d\.[12]\d\d\.[12]\d\d"
_LABEL = r"804177552039\d{8}"
PLACEHOLDER = re.compile(rf"(?<![\w.])(?:{_ADDRESS})(?![\w.])|{_TEXT}|{_LABEL}")
"""Finds placeholders in texts."""
SHOWN = "(not known yet)"
"""What messages and tables have in the place of one."""


@dataclass(frozen=True)
class Leaf:
    """Metadata of a key's type, last of all: its value may be an output. Placeholders pass without the key's checks."""

    kind: Kind = Kind.TEXT

    def placeholder(self) -> str:
        """A new placeholder; no two of a process are alike."""
        number = next(_NUMBERS)
        if self.kind is Kind.ADDRESS:
            high, low = divmod(number, 150 * 150)
            return f"241.{100 + high}.{100 + low // 150}.{100 + low % 150}"
        return f"804177552039{number:08d}" if self.kind is Kind.LABEL else f"meshx-output-{number:08d}-x"

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """The key's own checks, for all but placeholders."""

        def check(value: Any, checks: core_schema.ValidatorFunctionWrapHandler) -> Any:
            if not is_placeholder(value):
                return checks(value)
            return SecretStr(value) if self.kind is Kind.SECRET else value

        return core_schema.no_info_wrap_validator_function(check, handler(source))


def is_placeholder(value: object) -> bool:
    """Whether a value is a placeholder and nothing else."""
    return isinstance(value, str) and PLACEHOLDER.fullmatch(value) is not None


def placeholders_in(text: str) -> Iterator[str]:
    """The placeholders in a text, in its order."""
    return (found[0] for found in PLACEHOLDER.finditer(text))


def shown(text: str) -> str:
    """A text with words in the place of placeholders."""
    return PLACEHOLDER.sub(SHOWN, text)
