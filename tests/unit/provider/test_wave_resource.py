"""The gate between two waves: what it holds, and for whom (meshx/provider/wave_resource.py)."""

from __future__ import annotations

import base64
import threading
from typing import Any

import pytest

from meshx.cluster.registration import OUT_OF_SERVICE
from meshx.machine.proving import held_wave
from meshx.plugin_base.custom_resource import Operation, ResourceError
from meshx.provider.wave_resource import Wave
from meshx.rollout.wave_inputs import looked_at, restarts_for
from tests.unit.machine.test_roots_of_trust import BOTH, OLD, bundle_with
from tests.unit.provider.test_join_resource import Scene, scene
from tests.unit.stand_ins.machine_stand_in import SshServer, StandInMachine

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
        ({"way-back": b"armed 2026-11-30T02:00:00Z"}, r"vm-1: its change is not confirmed \(.*\)\n`pulumi up --r"),
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


@pytest.fixture
def upgraded(gate: Wave, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """A machine with a change that is confirmed, and was another one before."""
    monkeypatch.setattr(held_wave, "HEALTHY_SECONDS", 1.0)
    scene.machine.good = {**scene.machine.facts, "ready": b"200"}
    scene.machine.facts |= {"way-back": b"kept", "way-back.held": b"yes"}
    scene.machine.received.clear()
    return scene


def with_way_back(scene: Scene) -> dict[str, Any]:
    """The wave's inputs where its machine has a way back."""
    inputs = wave(scene)
    inputs["machines"]["vm-1"] |= {"wayBackSeconds": 600.0, "calls": {"outward": "10.77.0.200 15021 /healthz/ready\n"}}
    return inputs


def test_a_machine_that_does_not_hold_goes_back_once_its_callers_know(gate: Wave, upgraded: Scene) -> None:
    said = iter([answers("200")])
    upgraded.machine.serving = lambda: next(said, answers(""))
    with pytest.raises(ResourceError) as failed:
        gate.update("wave/1", {}, before(upgraded), with_way_back(upgraded), upgraded.operation())
    assert str(failed.value) == (
        "wave 1 of 2 did not hold, and no later one begins:\n"
        "vm-1: a call from it to 10.77.0.200 was answered before (200) and is not now (no answer)\n"
        "vm-1 went back to version 1.30.0, and serves as before"
    )
    armed, undone = (one.members for one in upgraded.machine.received if one.name == "undo.sh")
    assert armed.keys() >= {"held", "later"}, "before callers are told"
    assert undone.keys() >= {"held", "why"}
    assert undone["why"].startswith(b"it did not hold: a call from it")
    assert upgraded.machine.delivered("serving.sh").members["outward"] == b"10.77.0.200 15021 /healthz/ready\n"
    (condition,) = upgraded.api.entries["vm/vm-1"]["status"]["conditions"]
    assert condition["message"] == OUT_OF_SERVICE


def answers(outward: str) -> str:
    """What serving.sh prints."""
    printed = {"call.from.10.77.0.200": outward, "requests": "0 0"}
    return "".join(f"{key} {base64.b64encode(text.encode()).decode()}\n" for key, text in printed.items())


def lost(scene: Scene, script: str, for_good: bool) -> None:
    """Have the session break off during a script, and perhaps no other come about."""
    scene.machine.hang_up_on = script
    if for_good:
        scene.machine.users = LetsInOnce(scene.machine.users)


class LetsInOnce(tuple[str, ...]):
    """Users of whom one may log in, once."""

    __slots__ = ()
    logins: list[object] = []

    def __contains__(self, user: object) -> bool:
        self.logins.append(user)
        return len(self.logins) == 1


def test_a_session_that_is_lost_once_says_nothing_of_a_machine(gate: Wave, upgraded: Scene) -> None:
    lost(upgraded, "serving.sh", for_good=False)
    gate.update("wave/1", {}, before(upgraded), with_way_back(upgraded), upgraded.operation())
    assert upgraded.machine.scripts[-1] == "settle.sh"


@pytest.mark.parametrize(("script", "for_good"), [("serving.sh", True), ("settle.sh", False)])
def test_a_machine_that_is_not_known_to_fail_fails_its_wave_and_stays(
    gate: Wave, upgraded: Scene, script: str, for_good: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LetsInOnce, "logins", [])
    lost(upgraded, script, for_good)
    with pytest.raises(ResourceError, match="wave 1 of 2 did not hold, and no later one begins:\nvm-1"):
        gate.update("wave/1", {}, before(upgraded), with_way_back(upgraded), upgraded.operation())
    assert "undo.sh" not in upgraded.machine.scripts
    assert upgraded.machine.facts["way-back.held"] == b"yes"


def test_a_pause_begins_with_how_the_machine_served_before_its_change(gate: Wave, upgraded: Scene) -> None:
    gate.update("wave/1", {}, before(upgraded), with_way_back(upgraded), upgraded.operation())
    asked = [one.members.get("before") for one in upgraded.machine.received if one.name == "serving.sh"]
    assert asked == [b"former\n", None, None]


def test_a_session_that_going_back_costs_is_opened_anew(gate: Wave, upgraded: Scene) -> None:
    upgraded.machine.facts["ready"] = b"503"
    undo = upgraded.machine._undo

    def undone(delivery: Any) -> str:
        upgraded.machine.hang_up_on = "observe.sh"
        return undo(delivery)

    upgraded.machine._undo = undone  # type: ignore[method-assign]
    with pytest.raises(ResourceError, match=r"vm-1 went back to version 1.30.0, and serves as before"):
        gate.update("wave/1", {}, before(upgraded), with_way_back(upgraded), upgraded.operation())


@pytest.mark.parametrize("told", [b"", b"2026-11-30T02:00:00Z it went back: of an earlier change"], ids=["", "earlier"])
@pytest.mark.parametrize("goes", [True, False])
def test_a_machine_that_goes_back_though_the_session_is_lost_is_told_of_as_one_that_did(
    gate: Wave, upgraded: Scene, goes: bool, told: bytes
) -> None:
    machine = upgraded.machine
    machine.facts |= {"ready": b"503"}
    answer = machine.answer

    def went_on(delivery: Any) -> Any:
        if "later" in delivery.members:
            machine.hang_up_on = "undo.sh"
        if delivery.name == "observe.sh" and machine.scripts.count("undo.sh") > 1:
            machine.facts |= {"undone": told}
            if goes and machine.good is not None:
                machine._undo(machine.delivered("undo.sh"))
        return answer(delivery)

    machine.answer = went_on  # type: ignore[method-assign]
    words = "vm-1 went back, and serves as before" if goes else "It was not seen to go back"
    with pytest.raises(ResourceError, match=words):
        gate.update("wave/1", {}, before(upgraded), with_way_back(upgraded), upgraded.operation())


@pytest.mark.parametrize("comes", [True, False])
def test_a_machine_whose_join_did_not_wait_for_its_probe_has_time_for_it(
    gate: Wave, upgraded: Scene, comes: bool
) -> None:
    inputs = with_way_back(upgraded)
    inputs["machines"]["vm-1"]["awaitHealth"] = False
    upgraded.api.entry("vm/vm-1", healthy=None)
    if comes:
        threading.Timer(0.4, upgraded.api.entry, ("vm/vm-1",)).start()
        gate.update("wave/1", {}, before(upgraded), inputs, upgraded.operation())
    else:
        with pytest.raises(ResourceError, match="istiod calls it not healthy"):
            gate.update("wave/1", {}, before(upgraded), inputs, upgraded.operation())


def test_more_machines_than_connections_hold_at_the_same_time(gate: Wave, scene: Scene, ssh_server: SshServer) -> None:
    other = ssh_server.serve(StandInMachine(facts=dict(scene.machine.facts)))
    asked: list[str] = []
    for name, machine in (("vm-1", scene.machine), ("vm-2", other)):
        machine.serving = lambda name=name: asked.append(name) or f"requests {base64.b64encode(b'0 0').decode()}\n"
    inputs, old = wave(scene), before(scene)
    connection = {**scene.inputs()["connection"], "port": float(other.port), "hostKey": other.host_key}
    inputs["machines"]["vm-2"] = {**inputs["machines"]["vm-1"], "connection": connection}
    old["machines"]["vm-2"] = old["machines"]["vm-1"]
    one_at_a_time = Wave({**scene.configuration, "sshMaxConnections": 1.0})
    one_at_a_time.update("wave/1", old, old, {**inputs, "pauseSeconds": 2.0}, scene.operation())
    assert set(asked[:2]) == {"vm-1", "vm-2"}, "nobody waits for another's pause"


def test_a_machine_that_holds_forgets_what_it_had_before(gate: Wave, upgraded: Scene) -> None:
    gate.update("wave/1", {}, before(upgraded), with_way_back(upgraded), upgraded.operation())
    assert upgraded.machine.scripts[-1] == "settle.sh"
    assert "way-back.held" not in upgraded.machine.facts


def test_a_machine_that_went_back_is_told_of_with_the_remedy_and_left_alone(gate: Wave, upgraded: Scene) -> None:
    upgraded.machine.facts["undone"] = b"it went back to what it had before"
    del upgraded.machine.facts["way-back.held"]
    with pytest.raises(ResourceError, match=r"it went back .*\n`pulumi up --refresh` tries it once more$"):
        gate.update("wave/1", {}, before(upgraded), with_way_back(upgraded), upgraded.operation())
    assert "undo.sh" not in upgraded.machine.scripts


@pytest.mark.parametrize("why", ["cancelled", "no way back"])
def test_a_machine_stays_as_it_is_where_the_run_was_cancelled_or_there_is_no_way_back(
    gate: Wave, upgraded: Scene, why: str
) -> None:
    operation, inputs = upgraded.operation(), with_way_back(upgraded)
    if why == "cancelled":
        inputs["pauseSeconds"] = 30.0
        operation.cancelled.set()
    else:
        del inputs["machines"]["vm-1"]["wayBackSeconds"]
        upgraded.machine.facts["ready"] = b"503"
    with pytest.raises(ResourceError, match="did not hold"):
        gate.update("wave/1", {}, before(upgraded), inputs, operation)
    assert "undo.sh" not in upgraded.machine.scripts
    assert upgraded.machine.facts["way-back.held"] == b"yes"


def test_a_preview_names_the_machines_that_restart_and_asks_nobody(gate: Wave, scene: Scene) -> None:
    scene.machine.received.clear()
    update(gate, scene, before(scene), scene.operation(preview=True))
    assert "wave 1 of 2 restarts the sidecars of vm-1, which then have to serve" in str(scene.said)
    gate.update("wave/1", {}, before(scene), {**wave(scene), "pauseSeconds": 30.0}, scene.operation(preview=True))
    assert "wave 1 of 2 restarts the sidecars of vm-1, which then have to hold for 30 s" in str(scene.said)
    assert not scene.machine.received


def test_a_machine_that_is_new_in_a_wave_restarts_nothing(gate: Wave, scene: Scene) -> None:
    scene.machine.received.clear()
    update(gate, scene, {**wave(scene), "machines": {}})
    assert not scene.machine.received


@pytest.mark.parametrize("known", ["no wave", "another wave"])
def test_a_machine_that_an_update_restarted_is_held_where_it_is_new_in_its_wave(
    gate: Wave, scene: Scene, known: str
) -> None:
    old = scene.inputs()
    settings = {"/var/lib/meshx/sidecar/cluster.env": {"content": "A='2'\n", "owner": "root:root", "mode": "0644"}}
    new = {**old, "bundle": {**old["bundle"], "files": {**old["bundle"]["files"], **settings}}}
    state = {**old, "machineId": "m-1", "observed": "ok"}
    for preview in (True, False):
        scene.resource.update("vm-1", state, old, new, scene.operation(preview=preview))
    scene.said.clear()
    scene.machine.facts["ready"] = b"503"
    operations = [scene.operation(preview=True), scene.operation()]
    inputs = wave(scene)
    with pytest.raises(ResourceError, match="vm-1: its proxy is not ready"):
        for operation in operations:
            if known == "no wave":
                gate.create(inputs, operation)
            else:
                gate.update("wave/1", {}, {**inputs, "machines": {}}, inputs, operation)
    assert "wave 1 of 2 restarts the sidecars of vm-1" in str(scene.said)


def test_a_preview_counts_a_step_of_the_roots_as_a_restart(gate: Wave, scene: Scene) -> None:
    old, new = (
        {**scene.inputs(), "bundle": {**scene.inputs()["bundle"], "files": bundle_with(roots)["files"]}}
        for roots in (OLD.pem, BOTH)
    )
    scene.resource.update("vm-1", {**old, "observed": "ok"}, old, new, scene.operation(preview=True))
    assert "step 1 of 3" in str(scene.said)
    gate.create(wave(scene), scene.operation(preview=True))
    assert "wave 1 of 2 restarts the sidecars of vm-1" in str(scene.said)


def test_another_way_to_a_machine_is_no_change(gate: Wave, scene: Scene) -> None:
    old, new = wave(scene), wave(scene)
    new["machines"]["vm-1"] = {**new["machines"]["vm-1"], "connection": {"host": "elsewhere"}}
    assert not gate.diff("wave/1", old, old, new, scene.operation()).changes
    assert gate.diff("wave/1", old, before(scene), new, scene.operation()).changes
