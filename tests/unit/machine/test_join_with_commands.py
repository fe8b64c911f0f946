"""The Join of a machine that has commands of its users: they come after it, and before it leaves."""

import threading

from meshx.machine import taking_part
from tests.unit.provider.test_join_resource import Scene, scene  # noqa: F401 (a fixture)


def test_a_machine_whose_commands_come_later_does_not_wait_for_its_probe(scene: Scene, monkeypatch) -> None:  # noqa: F811
    monkeypatch.setattr(taking_part, "UNHEARD_SECONDS", 0.3)
    scene.api.entry("vm/vm-1", healthy=None)
    assert scene.create(scene.inputs(awaitHealth=False))["observed"] == "ok"


def test_a_machine_whose_commands_have_run_is_waited_for_when_it_restarts(scene: Scene) -> None:  # noqa: F811
    inputs = scene.inputs(awaitHealth=False)
    state = scene.create(inputs)
    heard: list[bool] = []

    def restart() -> None:
        def hear() -> None:
            scene.api.hear_of_all()
            heard.append(True)

        threading.Timer(1.0, hear).start()

    scene.machine.after_restart = restart
    changed = {**inputs, "bundle": {**inputs["bundle"], "hosts": {"istiod.istio-system.svc": "10.77.0.201"}}}
    scene.resource.update("vm-1", state, inputs, changed, scene.operation())
    assert heard, "the next machine of the workload would have restarted meanwhile"


def test_a_probe_that_fails_before_the_commands_is_no_warning(scene: Scene, monkeypatch) -> None:  # noqa: F811
    monkeypatch.setattr(taking_part, "FAILED_PROBE_SECONDS", 0.3)
    inputs = scene.inputs(awaitHealth=False)
    state = scene.create(inputs)
    scene.api.entry("vm/vm-1", healthy=False)
    scene.resource.update("vm-1", state, inputs, inputs, scene.operation())
    assert scene.warnings() == ""


def test_a_machine_that_leaves_is_drained_then_runs_its_command_and_is_then_put_back(scene: Scene) -> None:  # noqa: F811
    inputs = scene.inputs(beforeLeaving="stop it")
    state = scene.create(inputs)
    scene.machine.received.clear()
    scene.machine.commands["stop it"] = 0
    scene.resource.delete("vm-1", state, inputs, scene.operation())
    assert scene.api.entries["vm/vm-1"]["status"]["conditions"][0]["status"] == "False"
    assert [delivery.command for delivery in scene.machine.received[:-1]][-1] == "stop it"
    assert scene.machine.scripts[-1] == "leave.sh"
    assert scene.warnings() == ""


def test_a_command_that_fails_keeps_no_machine_from_leaving(scene: Scene) -> None:  # noqa: F811
    inputs = scene.inputs(beforeLeaving="stop it")
    state = scene.create(inputs)
    scene.machine.commands["stop it"] = 7
    scene.resource.delete("vm-1", state, inputs, scene.operation())
    assert scene.machine.scripts[-1] == "leave.sh"
    assert "`commands.down` ended with status 7" in scene.warnings()


def test_a_machine_that_takes_another_identity_does_not_run_it(scene: Scene) -> None:  # noqa: F811
    inputs = scene.inputs(beforeLeaving="stop it")
    state = scene.create(inputs)
    scene.machine.commands["stop it"] = 0
    scene.machine.received.clear()
    scene.signed("spiffe://cluster.local/ns/vm/sa/other")
    scene.resource.update("vm-1", state, inputs, {**inputs, "serviceAccount": "other"}, scene.operation())
    assert "leave.sh" in scene.machine.scripts
    assert "stop it" not in [delivery.command for delivery in scene.machine.received]
