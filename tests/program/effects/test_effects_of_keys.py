"""What the configuration says that a change of each key does, held to what differs when it is changed."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from meshx.rollout.effect import Effect, Effects
from meshx.rollout.planned_effect import planned_effect
from meshx.rollout.wave_inputs import restarts_for
from tests.program.effects.changed_stacks import CHANGES, Change, changes_of, furnish, kinds, places
from tests.program.effects.what_differs import effects, joins, of_join
from tests.program.recorded_program import Registered, run
from tests.program.test_generated_stacks import AnyCluster

STATED = {key: place.effects for key, place in places()}
Run = Callable[[dict[str, Any], AnyCluster], list[Registered]]
Found = dict[tuple[str, bool], Effect]
"""An effect for each kind of machine, and whether it is of the classic line."""


@pytest.fixture(autouse=True)
def way(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the stack's file has it alone: that arguments make the same is other tests' matter."""
    monkeypatch.setattr("tests.program.recorded_program.WAY", ["file"])


@pytest.fixture
def made(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Runs a stack in a folder that has what it names, once for those that are the same."""
    texts = furnish(folder)
    monkeypatch.chdir(folder)
    runs: dict[str, list[Registered]] = {}

    def with_texts(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: with_texts(item) for key, item in value.items()}
        if isinstance(value, list):
            return [with_texts(item) for item in value]
        return texts.get(value, value) if isinstance(value, str) else value

    def registered(values: dict[str, Any], answers: AnyCluster) -> list[Registered]:
        key = json.dumps([values, id(answers)])
        if key not in runs:
            runs[key] = run(with_texts(values), folder, answers)
        return runs[key]

    with socket.socket(socket.AF_UNIX) as one, socket.socket(socket.AF_UNIX) as other:
        one.bind("agent.sock")
        other.bind("other.sock")
        yield registered


def on(of: Effects, kind: str, *, classic: bool) -> Effect:
    """What is stated for a kind of machine."""
    if kind == "group":
        return of.on_group()
    return of.on_instance(classic=classic) if kind == "instance" else of.on_machine(classic=classic)


def measured(change: Change, made: Run) -> Found:
    """What differs for each kind of machine that the key is about; and what meshx itself says of it is right."""
    before, after = (
        made(values, answers) for values, answers in zip((change.before, change.after), change.answers, strict=True)
    )
    for old, new in joins(before, after):
        effect = of_join(old, new)
        assert planned_effect(old, new) == effect, "what the preview says of the machine"
        if effect is not Effect.REJOIN:
            restarts = restarts_for(old["bundle"]) != restarts_for(new["bundle"])
            assert restarts == (effect is Effect.RESTART), "what the wave says of the machine"
    classic = change.stack.startswith("classic")
    about = kinds(change.key, change.before)
    return {(kind, classic): effect for kind, effect in effects(before, after).items() if kind in about}


@pytest.mark.parametrize("section", dict.fromkeys(key.partition(".")[0] for key in CHANGES))
def test_what_a_change_of_a_key_does_is_what_is_stated(section: str, made: Run) -> None:
    wrong: list[str] = []
    for key in CHANGES:
        if key.partition(".")[0] != section:
            continue
        found: Found = {}
        for change in changes_of(key):
            for kind, effect in measured(change, made).items():
                found[kind] = max(effect, found.get(kind, Effect.NOTHING))
        says = STATED[key]
        assert found
        assert says
        wrong += [
            f"{key}, {kind}{' of the classic line' if classic else ''}: {effect.words}, and stated is: {said.words}"
            for (kind, classic), effect in found.items()
            if (said := on(says, kind, classic=classic)) != effect
        ]
    assert not wrong, "\n".join(wrong)
