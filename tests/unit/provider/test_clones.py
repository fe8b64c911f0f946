"""Machines that have another's disk: told by a refresh, and never with the key of the machine that it was made from."""

from __future__ import annotations

from tests.unit.provider.test_join_resource import Scene, scene

__all__ = ["scene"]


def test_another_machine_id_than_at_the_join_is_told_and_gets_a_key_of_its_own(scene: Scene) -> None:
    state, inputs = scene.create(), scene.inputs()
    scene.machine.facts["machine-id"] = b"m-2"
    found = scene.resource.read("vm-1", inputs, state, scene.operation())
    assert str(found.inputs["machineState"]).startswith("/etc/machine-id is m-2, and was m-1 when it joined: a clone")
    assert scene.resource.diff("vm-1", found.outputs, found.inputs, inputs, scene.operation()).changes
    scene.resource.update("vm-1", found.outputs, found.inputs, inputs, scene.operation())
    given = [one for one in scene.machine.received if "token" in one.members][-1]
    assert {"reset-certificate", "restart"} <= given.members.keys()
    again = scene.resource.read("vm-1", inputs, state, scene.operation())
    assert "machineState" not in again.inputs


def test_a_machine_that_joined_before_its_id_was_recorded_is_known_by_the_state(scene: Scene) -> None:
    state, inputs = scene.create(), scene.inputs()
    del scene.machine.facts["recorded-id"]
    assert "machineState" not in scene.resource.read("vm-1", inputs, state, scene.operation()).inputs
    scene.machine.facts["machine-id"] = b"m-2"
    assert "machineState" in scene.resource.read("vm-1", inputs, state, scene.operation()).inputs


def test_a_clone_that_joins_under_another_name_gives_up_the_key_that_came_with_its_disk(scene: Scene) -> None:
    scene.create()
    scene.api.entry("vm/vm-9")
    scene.machine.received.clear()
    inputs = scene.inputs(machine="vm-9", workloadEntry="vm-9")
    scene.resource.create(inputs, scene.operation())
    given = [one for one in scene.machine.received if "token" in one.members][-1]
    assert "reset-certificate" in given.members
    assert scene.machine.facts["joined-as"] == b"vm-9\n"
