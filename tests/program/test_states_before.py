"""What stacks hold that were made before meshx's modules were moved into rooms: today's program registers the same.

A preview on such a state then has nothing to say: no resource goes, none is made anew, and no input is another. The
records were made by the program of that time and are never made again. A change that is meant, later on, has a line in
states_before/changed.yaml.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
import yaml

from meshx.rollout.effect import Effect
from meshx.rollout.planned_effect import planned_effect
from tests.program.plain_inputs import plain
from tests.program.recorded_program import Registered, run
from tests.unit.scripts.joined_machine import JoinedMachine

RECORDS = Path(__file__).with_name("states_before")
STACKS: dict[str, dict[str, Any]] = yaml.safe_load((RECORDS / "stacks.yaml").read_text())
CHANGED: dict[str, str] = yaml.safe_load((RECORDS / "changed.yaml").read_text()) or {}
"""What has changed since, and why: `<stack> <type>::<name> <path of the input>`, each perhaps with `*` and `?`;
what is new has `new` for a path."""


def urns(registered: list[Registered]) -> dict[str, Registered]:
    """The resources by their URNs, from the qualified type on; a mocked engine's have the parent's type alone."""
    by_urn = {one.urn: one for one in registered}

    def qualified(one: Registered) -> str:
        parent = by_urn.get(one.parent)
        return f"{qualified(parent)}${one.type}" if parent else one.type

    return {f"{qualified(one)}::{one.name}": one for one in registered}


def of_resource(one: Registered) -> dict[str, Any]:
    """What a preview compares of a resource, or would replace it by: no input whose changes are ignored."""
    inputs = {key: value for key, value in plain(one.inputs).items() if key not in one.ignored}
    kept = {
        "inputs": inputs,
        "ignored": sorted(one.ignored),
        "provider": one.provider.rpartition("::")[0],
        "protect": one.protect,
    }
    return {**kept, "deletedWith": one.deleted_with, "aliases": list(one.aliases)}


def registered_today(stack: str, folder: Path) -> dict[str, dict[str, Any]]:
    """Every resource by its URN, as the records have them."""
    for chart in ("istio-init", "istio"):
        (folder / "helm" / chart).mkdir(parents=True)
        (folder / "helm" / chart / "Chart.yaml").write_text(f"name: {chart}\n")
    host_key = (folder / "id.pub").read_text()
    with socket.socket(socket.AF_UNIX) as agent:
        agent.bind("agent.sock")
        found = urns(run(STACKS[stack]["configuration"], folder, STACKS[stack]["cluster"]))
    text = yaml.safe_dump({urn: of_resource(one) for urn, one in found.items()}, width=10**6)
    return dict(yaml.safe_load(text.replace(host_key, "<host key>")))


def differences(path: str, old: Any, new: Any) -> Iterator[tuple[str, str]]:
    """The paths at which two values differ, and what stood and stands there."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted({*old, *new}):
            yield from differences(f"{path}.{key}" if path else key, old.get(key), new.get(key))
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, pair in enumerate(zip(old, new, strict=True)):
            yield from differences(f"{path}[{index}]", *pair)
    elif old != new:
        yield path, f"was {old!r}, is {new!r}"


@pytest.fixture(params=list(STACKS))
def stack(request: pytest.FixtureRequest, folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a recorded stack; the program runs in its folder."""
    monkeypatch.chdir(folder)
    return str(request.param)


def test_a_stack_from_before_is_registered_as_it_was(stack: str, folder: Path) -> None:
    recorded = yaml.safe_load((RECORDS / f"{stack}.yaml").read_text())
    today = registered_today(stack, folder)
    new = {urn: f"{stack} {urn.rpartition('$')[2]} new" for urn in today.keys() - recorded.keys()}
    kept = sorted(urn for urn in today if new.get(urn) not in CHANGED)
    assert kept == sorted(recorded), "resources would go, or be made anew: give them an alias"
    for urn in kept:
        one = today[urn]
        # A new one takes up more states, and is no change of this one.
        one["aliases"] = [alias for alias in one["aliases"] if alias in recorded[urn]["aliases"]]
        for name in one.pop("ignored"):
            # The engine goes on with what the state has.
            recorded[urn]["inputs"].pop(name, None)
    found = {
        f"{stack} {urn.rpartition('$')[2]} {path}": news
        for urn, old in recorded.items()
        for path, news in differences("", old, today[urn])
    } | dict.fromkeys(new.values(), "is new")
    unmeant = [
        f"{place}: {news}" for place, news in found.items() if not any(fnmatchcase(place, meant) for meant in CHANGED)
    ]
    assert not unmeant, "\n".join(["a preview on an old state would show changes:", *unmeant])
    gone = [
        one for one in CHANGED if one.startswith(f"{stack} ") and not any(fnmatchcase(place, one) for place in found)
    ]
    assert not gone, "these do not differ any more; take them out of changed.yaml"


def started_with(script: list[str]) -> list[str]:
    """What of a startup script a sidecar runs with: the package, and the contents of files, without their places."""
    parts: dict[str, list[str]] = {}
    for line in script:
        if line.startswith("  "):
            parts[next(reversed(parts))].append(line)
        else:
            parts[line] = []
    return [line for name in sorted(parts) if name.startswith(("files/", "package")) for line in parts[name]]


def test_no_sidecar_of_a_stack_from_before_restarts(stack: str, folder: Path, tmp_path: Path) -> None:
    """Of machines over SSH and named instances; groups roll, as changed.yaml says."""
    recorded = yaml.safe_load((RECORDS / f"{stack}.yaml").read_text())
    today = registered_today(stack, folder)
    machines = 0
    for urn, one in recorded.items():
        token, _, name = urn.rpartition("$")[2].rpartition("::")
        was = one["inputs"]
        if token == "meshx:index:Join":
            now = today[urn]["inputs"]
            assert planned_effect(was, now) <= Effect.FILE
            assert not JoinedMachine(tmp_path / name).restarts(was["bundle"], now["bundle"], formerly=True)
            machines += 1
        elif token == "gcp:compute/instance:Instance":
            scripts = [inputs["metadata"]["startup-script"] for inputs in (was, today[urn]["inputs"])]
            assert started_with(scripts[0]) == started_with(scripts[1]) != []
            machines += 1
    assert machines or stack == "group"
