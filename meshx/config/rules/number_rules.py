"""Whole numbers that YAML reads as others than a reader does: 010 is 8, and 0x50 is 80.

Pulumi hands over what it has read, so the stack's file itself is looked at, if it stands in the project's folder.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import yaml

from meshx.config.errors.paths import NAMESPACE, Location
from meshx.config.errors.problems import Problem

CHART_VALUES = ("mesh", "values")
"""Below it modes of files stand, which are octal on purpose."""
_ODD = re.compile(r"[-+]?0([0-9_]+|[xX][0-9a-fA-F_]+|b[01_]+|o[0-7_]+)")
"""As the YAML library of Pulumi's engine has it (go-yaml v3, resolve.go)."""


def problems(base: Path, stack_name: str) -> Iterator[Problem]:
    """Whole numbers in the stack's file that do not stand there in plain decimal digits."""
    try:
        text = (base / f"Pulumi.{stack_name}.yaml").read_text(encoding="utf-8")
        root = cast("yaml.Node | None", yaml.compose(text, Loader=yaml.SafeLoader))  # pyright: ignore[reportUnknownMemberType]
    except (OSError, ValueError, yaml.YAMLError, RecursionError):
        return  # not here, or Pulumi says itself what is wrong with it
    for key, section in _entries(root):
        if key != "config":
            continue
        for name, node in _entries(section):
            if name.startswith(f"{NAMESPACE}:"):
                yield from _numbers((name.removeprefix(f"{NAMESPACE}:"),), node)


def _entries(node: yaml.Node | None) -> list[tuple[str, yaml.Node]]:
    return [(str(key.value), value) for key, value in node.value] if isinstance(node, yaml.MappingNode) else []


def _numbers(location: Location, node: yaml.Node) -> Iterator[Problem]:
    if location[:2] == CHART_VALUES:
        return
    for key, below in _entries(node):
        yield from _numbers((*location, key), below)
    if isinstance(node, yaml.SequenceNode):
        for position, item in enumerate(node.value):
            yield from _numbers((*location, position), item)
    if isinstance(node, yaml.ScalarNode) and node.style is None and _ODD.fullmatch(node.value):
        yield Problem(
            location,
            f"{node.value} is not read as it looks: YAML takes such a number as octal, hexadecimal or binary",
            "the number in decimal digits, with no 0 before it; a text in quotes",
        )
