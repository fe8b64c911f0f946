"""The reachability table under the real engine: what a preview prints, and what it compares with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.engine.stack import HERE, REPOSITORY, Stack

PLUGINS = {"providers": [{"name": "meshx", "path": str(REPOSITORY / "meshx" / "provider")}]}
ONE, TWO, THREE = (f"{name}.vm.svc.cluster.local" for name in ("one", "two", "three"))


@pytest.fixture
def stack(new_stack: Callable[..., Stack]) -> Stack:
    """A stack of the program in `tests/engine/reachability_program`, up with two names."""
    made = new_stack(main=str(HERE / "reachability_program"), plugins=PLUGINS)
    made = replace(made, environment={**made.environment, "PYTHONPATH": str(REPOSITORY)})
    made.configure(config={"reach:names": f"{ONE} {TWO}"})
    return made


def told(text: str) -> str:
    """What is printed below the engine's own lines, which have the first line of it as well."""
    return text.partition("Diagnostics:")[2]


def table(text: str) -> list[list[str]]:
    """The words of the table's lines, from its summary on."""
    lines = [line.split() for line in told(text).splitlines()]
    begin = next(number for number, words in enumerate(lines) if words[:1] == ["Reachability:"])
    return lines[begin:]


def test_a_preview_prints_the_table_once_with_what_changed_since_the_last_up_first(stack: Stack) -> None:
    first = stack.expect("preview")
    assert told(first).count("Reachability: 2 pairs, 2 reached, 0 not; none was known before") == 1
    applied = stack.expect("up", "--yes", "--skip-preview")
    assert "Reachability:" not in applied
    same = stack.expect("preview", "--expect-no-changes")
    assert told(same).count("Reachability: 2 pairs, 2 reached, 0 not; unchanged since the last up") == 1
    stack.configure(config={"reach:names": f"{ONE} {THREE}", "reach:missing": THREE})
    for _ in range(2):  # a preview changes nothing of what the next one compares with
        changed = stack.expect("preview")
        assert told(changed).count("Reachability: 2 pairs, 1 reached, 1 not; 2 changed since the last up") == 1
        rows = table(changed)[2:5]
        assert [(row[0], row[-1]) for row in rows] == [("-", "pair"), ("+", "nowhere"), ("pods", "vm-1")]
        assert f"Not reached: {THREE} is gone." in changed
        assert "remedy: another name" in changed


def test_a_row_that_ends_elsewhere_is_marked_and_forgotten_once_applied(stack: Stack) -> None:
    stack.expect("up", "--yes", "--skip-preview")
    stack.configure(config={"reach:missing": TWO})
    assert table(stack.expect("preview"))[2][0] == "~"
    assert "updated" in stack.expect("up", "--yes", "--skip-preview")
    assert "unchanged since the last up" in stack.expect("preview", "--expect-no-changes")
    assert "unchanged since the last up" in stack.expect("preview", "--refresh", "--expect-no-changes")
    stack.expect("destroy", "--yes", "--skip-preview")
