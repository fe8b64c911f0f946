"""The gate between two waves: what it holds, and for whom (meshx/provider/wave_resource.py)."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from meshx.plugin_base.custom_resource import Operation, ResourceError
from meshx.provider.wave_resource import Wave
from meshx.rollout.wave_inputs import looked_at, restarts_for
from tests.unit.provider.test_join_resource import Scene, scene

__all__ = ["scene"]


def wave(scene: Scene, **differences: Any) -> dict[str, Any]:
    """The inputs of a wave of that machine alone."""
    inputs = scene.inputs(**differences)
    machine = {key: inputs[key] for key in ("namespace", "serviceAccount", "connection", "workloadEntry")}
    bundle = inputs["bundle"]
    machine |= {"restartsFor": restarts_for(bundle), "bundle": looked_at(bundle)}
    return {"wave": 1.0, "of": 2.0, "pauseSeconds": 0.3, "machines": {"vm-1": machine}}


@pytest.fixture
def gate(scene: Scene) -> Wave:
    """A gate, and a machine that serves."""
    scene.machine.serving = lambda: f"requests {base64.b64encode(b'0 0').decode()}\n"
    scene.create()
    return Wave(scene.configuration)


def before(scene: Scene) -> dict[str, Any]:
    """The wave before its machine's sidecar got anything else."""
    inputs = wave(scene)
    inputs["machines"]["vm-1"] = {**inputs["machines"]["vm-1"], "restartsFor": "something else"}
    return inputs


def update(gate: Wave, scene: Scene, old: dict[str, Any], operation: Operation | None = None) -> None:
    gate.update("wave/1", old, old, wave(scene), operation or scene.operation())


def test_a_wave_whose_machines_hold_lets_the_next_begin(gate: Wave, scene: Scene) -> None:
    update(gate, scene, before(scene))
    assert len([name for name in scene.machine.scripts if name == "serving.sh"]) == 2, "at the beginning and the end"


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"ready": b"503"}, "vm-1: its proxy is not ready"),
        ({"package.sha256": b"another"}, "vm-1: its package is not the one wanted, but of version 1.31.0"),
        ({"undone": b"it went back"}, "vm-1: it went back"),
        ({"way-back": b"armed 2026-11-30T02:00:00Z"}, "vm-1: its change is not confirmed"),
    ],
)
def test_a_wave_that_does_not_hold_says_who_and_why(
    gate: Wave, scene: Scene, facts: dict[str, bytes], words: str
) -> None:
    scene.machine.facts |= facts
    with pytest.raises(ResourceError, match=f"wave 1 of 2 did not hold, and no later one begins:\n{words}"):
        update(gate, scene, before(scene))


def test_a_machine_that_istiod_calls_unhealthy_does_not_hold(gate: Wave, scene: Scene) -> None:
    (condition,) = scene.api.entries["vm/vm-1"]["status"]["conditions"]
    condition.update(status="False", message="probe failed")
    with pytest.raises(ResourceError, match="istiod calls it not healthy: probe failed"):
        update(gate, scene, before(scene))


def test_a_preview_names_the_machines_that_restart_and_asks_nobody(gate: Wave, scene: Scene) -> None:
    scene.machine.received.clear()
    update(gate, scene, before(scene), scene.operation(preview=True))
    assert "wave 1 of 2 restarts the sidecars of vm-1, which then have to hold for 0 s" in str(scene.said)
    assert not scene.machine.received


def test_a_machine_that_is_new_in_a_wave_restarts_nothing(gate: Wave, scene: Scene) -> None:
    scene.machine.received.clear()
    update(gate, scene, {**wave(scene), "machines": {}})
    assert not scene.machine.received


def test_another_way_to_a_machine_is_no_change(gate: Wave, scene: Scene) -> None:
    old, new = wave(scene), wave(scene)
    new["machines"]["vm-1"] = {**new["machines"]["vm-1"], "connection": {"host": "elsewhere"}}
    assert not gate.diff("wave/1", old, old, new, scene.operation()).changes
    assert gate.diff("wave/1", old, before(scene), new, scene.operation()).changes
