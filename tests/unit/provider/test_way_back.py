"""A change that is confirmed, or undone, as the Join has it; scripts and switch are in tests/unit/scripts."""

from __future__ import annotations

import base64
import dataclasses
from typing import Any

import pytest

from meshx.machine import taking_part
from meshx.machine.proving import trial
from meshx.machine.proving.calls_served import Serving, worse
from meshx.machine.restarting import Turns
from meshx.plugin_base.custom_resource import ResourceError
from tests.unit.provider.test_join_resource import IDENTITY, Scene, scene

__all__ = ["scene"]


def answers(inward: str, requests: str = "0 0", noted: bool = False) -> str:
    """What serving.sh prints."""
    facts = {"call.to.8080": inward, "requests": requests, **({"of-before": "yes"} if noted else {})}
    return "".join(f"{key} {base64.b64encode(text.encode()).decode()}\n" for key, text in facts.items())


@pytest.fixture
def joined(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """A machine with a way back, which serves."""
    monkeypatch.setattr(trial, "SERVES_SECONDS", 0.2)
    scene.machine.serving = lambda: answers("open")
    scene.create(scene.inputs(wayBackSeconds=600))
    scene.machine.received.clear()
    return scene


def changed(scene: Scene, **differences: Any) -> dict[str, Any]:
    """Inputs with another istiod's address."""
    inputs = scene.inputs(wayBackSeconds=600, **differences)
    return {**inputs, "bundle": {**inputs["bundle"], "hosts": {"istiod.istio-system.svc": "10.77.0.201"}}}


def update(scene: Scene, news: dict[str, Any]) -> dict[str, Any]:
    old = scene.inputs(wayBackSeconds=600)
    return dict(scene.resource.update("vm-1", {**old, "machineId": "m-1"}, old, news, scene.operation()))


def test_a_change_is_confirmed_once_the_machine_serves_as_before(joined: Scene) -> None:
    update(joined, changed(joined))
    steps = [name for name in joined.machine.scripts if name != "observe.sh"]
    assert steps == ["serving.sh", "join.sh", "join.sh", "join.sh", "serving.sh", "confirm.sh"]
    held, armed, begun = (one for one in joined.machine.received if one.name == "join.sh")
    assert held.members.keys() - begun.members.keys() == {"hold-restart"}
    assert armed.members.keys() - held.members.keys() == {"has-turn"}, "before callers are told"
    assert begun.members["way-back"] == b"600\n"
    assert joined.machine.facts["way-back"] == b"kept"


def test_a_change_after_which_calls_fail_is_undone_and_says_why(joined: Scene) -> None:
    said = iter([answers("open")])
    joined.machine.serving = lambda: next(said, answers(""))
    with pytest.raises(ResourceError) as failed:
        update(joined, changed(joined))
    assert str(failed.value) == (
        "vm-1: a call to its port 8080 was answered before (open) and is not now (no answer)\n"
        "vm-1 went back to version 1.30.0, and serves as before"
    )
    assert b"was answered before" in joined.machine.facts["undone"]


def failing_probe(scene: Scene) -> None:
    """Have the machine's probe fail, also after its sidecar starts anew."""
    (condition,) = scene.api.entries["vm/vm-1"]["status"]["conditions"]
    scene.machine.after_restart = lambda: None
    condition.update(status="False", message="nobody listens")


def test_a_probe_that_failed_before_a_change_does_not_undo_it(joined: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taking_part, "FAILED_PROBE_SECONDS", 0.1)
    failing_probe(joined)
    monkeypatch.setattr("meshx.machine.restarting.take_out_of_service", lambda *_: True)
    update(joined, changed(joined))
    assert joined.machine.facts["way-back"] == b"kept"


def test_a_change_that_a_killed_run_left_on_trial_is_compared_with_before_it(
    joined: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking_part, "FAILED_PROBE_SECONDS", 0.1)
    monkeypatch.setattr("meshx.machine.restarting.take_out_of_service", lambda *_: True)
    failing_probe(joined)
    said = iter([answers("open", noted=True)])
    joined.machine.serving = lambda: next(said, answers("open"))
    with pytest.raises(ResourceError, match="vm-1: its probe fails: nobody listens\nvm-1 went back"):
        update(joined, changed(joined))
    assert joined.machine.received[0].members["before"] == b"armed\n"


def test_a_call_that_a_change_has_nobody_make_any_more_says_nothing() -> None:
    before = Serving({"call.to.8080": "open", "call.from.10.77.0.200": "200"})
    assert worse(before, Serving({"call.from.10.77.0.200": "200"})) == ""
    assert "its port 8080" in worse(before, Serving()), "of a sidecar that does not run"


def test_a_change_on_trial_that_no_run_takes_up_any_more_is_drift(joined: Scene) -> None:
    inputs = joined.inputs(wayBackSeconds=600)
    joined.machine.facts["way-back"] = b"on trial"
    found = joined.resource.read("vm-1", inputs, {**inputs, "machineId": "m-1"}, joined.operation())
    assert joined.resource.diff("vm-1", found.outputs, found.inputs, inputs, joined.operation()).changes


def test_a_machine_that_had_no_turn_says_that_nothing_was_changed(
    joined: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Turns, "_take", lambda *_: False)
    old = joined.inputs(wayBackSeconds=600)
    hurried = dataclasses.replace(joined.operation(), timeout=0.5)
    with pytest.raises(ResourceError, match="vm-1 was not changed, since it waits for its turn first"):
        joined.resource.update("vm-1", {**old, "machineId": "m-1"}, old, changed(joined), hurried)


def test_a_machine_whose_account_was_revoked_does_not_go_back_to_that(joined: Scene) -> None:
    joined.api.entry("vm/vm-1.r1")
    joined.signed(f"{IDENTITY}.r1")
    new = {"serviceAccount": "vmhttp.r1", "workloadEntry": "vm-1.r1", "revokedAccounts": ["vmhttp"]}
    update(joined, joined.inputs(wayBackSeconds=600, **new))
    assert joined.machine.delivered("join.sh").members["way-back"] == b"0\n"
    update(joined, changed(joined, **new))
    assert joined.machine.delivered("join.sh").members["way-back"] == b"600\n"


@pytest.mark.parametrize("seconds", [None, 30])
def test_a_machine_that_its_wave_watches_keeps_what_it_had_until_then(joined: Scene, seconds: int | None) -> None:
    update(joined, changed(joined, **({"heldSeconds": seconds} if seconds else {})))
    assert ("held" in joined.machine.delivered("confirm.sh").members) == bool(seconds)


def test_for_how_long_a_wave_watches_is_no_change_by_itself(joined: Scene) -> None:
    old, new = joined.inputs(), joined.inputs(heldSeconds=30)
    assert not joined.resource.diff("vm-1", old, old, new, joined.operation()).changes


def test_errors_that_rise_undo_a_change(joined: Scene) -> None:
    said = iter([answers("open", "1000 10")])
    joined.machine.serving = lambda: next(said, answers("open", "100 40"))
    with pytest.raises(ResourceError, match=r"40 of 100 requests .* failed since its start \(40%; before 1%\)"):
        update(joined, changed(joined))


def test_what_was_undone_is_told_and_drift_until_the_next_update(joined: Scene) -> None:
    joined.machine.facts["undone"] = b"2026-11-30T02:00:00Z it went back: nobody confirmed"
    inputs = joined.inputs(wayBackSeconds=600)
    state = {**inputs, "machineId": "m-1"}
    found = joined.resource.read("vm-1", inputs, state, joined.operation())
    assert "undone" in found.inputs
    assert joined.resource.diff("vm-1", found.outputs, found.inputs, inputs, joined.operation()).changes
    joined.resource.update("vm-1", found.outputs, found.inputs, inputs, joined.operation())
    assert "nobody confirmed" in joined.warnings()
    assert "undone" not in joined.resource.read("vm-1", inputs, state, joined.operation()).inputs


def test_a_machine_that_keeps_nothing_gets_a_way_back_by_the_next_update(scene: Scene) -> None:
    scene.create()
    inputs = scene.inputs(wayBackSeconds=600)
    found = scene.resource.read("vm-1", inputs, {**inputs, "machineId": "m-1"}, scene.operation())
    assert found.inputs["wayBackSeconds"] == 0
    update(scene, inputs)
    assert scene.machine.facts["way-back"] == b"kept"
    assert [one for one in scene.machine.received[-8:] if "disk/package" in one.members]


def test_a_clone_is_armed_with_nothing_of_the_other_machines(joined: Scene) -> None:
    joined.machine.facts["machine-id"] = b"m-2"
    update(joined, changed(joined))
    assert joined.machine.delivered("join.sh").members["way-back"] == b"0\n"


def test_a_stack_without_a_way_back_asks_and_sends_nothing_of_it(scene: Scene) -> None:
    scene.create()
    assert set(scene.machine.scripts) == {"observe.sh", "join.sh"}
    assert "way-back" not in scene.machine.delivered("join.sh").members
