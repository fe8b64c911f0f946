"""How values and types of the configuration file are named in messages and in the reference."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn

from pydantic_core import PydanticCustomError

LONGEST_TEXT_SHOWN = 60
LARGEST_NUMBER_SHOWN = 10**18


@dataclass(frozen=True)
class Words:
    """Metadata of an annotated type: what a value of it is called, as in "expected <words>, found ..."."""

    words: str


@dataclass(frozen=True)
class OrNumber:
    """Metadata of an annotated type: a whole number stands for its text, in programs too."""


def refuse(wrong: str, remedy: str) -> NoReturn:
    """Raise pydantic's error for a value that has the right type and can't be taken.

    wrong: what is wrong, naming the value. remedy: what to write instead.
    """
    raise PydanticCustomError("meshx", "{wrong}", {"wrong": wrong, "remedy": remedy})


def show(value: object) -> str:
    """A value as messages name it: its kind and, where that is short and no key material, the value itself."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"the number {value}" if abs(value) < LARGEST_NUMBER_SHOWN else "a number out of range"
    if isinstance(value, str):
        return f"the text {text}" if (text := quote(value)).startswith("'") else text
    if isinstance(value, list | tuple):
        return "a list"
    return "a group of keys" if isinstance(value, Mapping) else f"something of type {type(value).__name__}"


def quote(text: str) -> str:
    """A text in quotes; long ones by their length and key material not at all, since messages end up in logs."""
    if "PRIVATE KEY" in text:
        return "a private key (not shown)"
    if not text:
        return "an empty text"
    if len(text) > LONGEST_TEXT_SHOWN or not text.isprintable():
        return f"a text of {len(text)} characters"
    return f"'{text}'"


def enumerate_words(words: list[str], last: str = "or") -> str:
    """Words as a list in a sentence: "a, b or c"."""
    return f" {last} ".join([", ".join(words[:-1]), words[-1]] if words[1:] else words)


def enumerate_some(names: list[str]) -> str:
    """Names of which there may be thousands: "a, b and c", or the first and how many more there are."""
    shown = [*names[:3], f"{len(names) - 3} more"] if len(names) > 4 else names  # noqa: PLR2004 - one line
    return enumerate_words(shown, "and")
