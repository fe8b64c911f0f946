"""Every rule that there is, is asked: a file in meshx/config/rules with `problems` is none that nobody calls."""

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from meshx.config import rules
from meshx.config.loading import load

FOLDER = Path(rules.__path__[0])
RULES = sorted(
    ".".join(file.relative_to(FOLDER).with_suffix("").parts)
    for file in FOLDER.rglob("*.py")
    if "\ndef problems(" in file.read_text()
)


def test_there_are_rules() -> None:
    assert {"address_rules", "number_rules", "environment_rules", "traffic.uncaptured_rules"} <= set(RULES)


@pytest.mark.parametrize("name", RULES)
def test_a_rule_is_asked_when_a_stack_is_loaded(
    name: str, values: dict[str, Any], project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def problems(*_: object) -> Iterator[Any]:
        asked.append(name)
        return iter(())

    monkeypatch.setattr(importlib.import_module(f"meshx.config.rules.{name}"), "problems", problems)
    load(values, project, stack="dev")
    assert asked == [name]
