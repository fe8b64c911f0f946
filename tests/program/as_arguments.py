"""A configuration as it stands in the stack's file, given to a mesh as arguments of a program in Python."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pulumi

MakeOutput = Callable[[Any], "pulumi.Output[Any]"]


def known(value: Any) -> pulumi.Output[Any]:
    """An output whose value is known."""
    return pulumi.Output.from_input(value)


def unknown(value: Any) -> pulumi.Output[Any]:
    """An output that a preview does not know."""

    async def nothing() -> Any:
        return None

    async def no() -> bool:
        return False

    return pulumi.Output(set(), nothing(), no())


@dataclass(frozen=True)
class Later:
    """Stands for an output in a configuration: outputs themselves are made while a program runs."""

    make: MakeOutput
    value: object = ""


def made(values: Any) -> Any:
    """The values with outputs made."""
    if isinstance(values, Later):
        return values.make(values.value)
    if isinstance(values, dict):
        return {key: made(value) for key, value in values.items()}
    return [made(item) for item in values] if isinstance(values, list) else values
