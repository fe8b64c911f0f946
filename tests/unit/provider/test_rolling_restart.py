"""Machines of a workload that restart one after the other: each has its time, however long the others take."""

import asyncio
import contextlib
import functools
import threading
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from meshx.machine.restarting import TURNS
from meshx.plugin_base.custom_resource import Operation, ResourceError
from meshx.plugin_base.waiting import Wait
from meshx.provider.join_resource import JoinResource
from tests.unit.provider.test_join_resource import PACKAGE, Scene
from tests.unit.stand_ins.api_stand_in import StandInApi
from tests.unit.stand_ins.certificates_for_tests import authority
from tests.unit.stand_ins.machine_stand_in import SshServer, StandInMachine, blank_facts

NEW_GATEWAY = {"istiod.istio-system.svc": "10.77.0.201"}


class Workload:
    """Some machines of one workload, joined, and what is to change on all of them."""

    def __init__(self, scenes: list[Scene]) -> None:
        self.scenes = scenes
        self.states = [scene.create(self.inputs(scene)) for scene in scenes]

    @staticmethod
    def name(scene: Scene) -> str:
        return scene.machine.facts["machine-id"].decode()

    def inputs(self, scene: Scene, **differences: Any) -> dict[str, Any]:
        name = self.name(scene)
        return dict(scene.inputs(machine=name, workloadEntry=name, drainSeconds=0.5, **differences))

    def update(self, number: int, operation: Operation) -> dict[str, Any]:
        scene = self.scenes[number]
        old = self.inputs(scene)
        changed = self.inputs(scene, bundle={**old["bundle"], "hosts": NEW_GATEWAY})
        return dict(scene.resource.update(self.name(scene), self.states[number], old, changed, operation))


@pytest.fixture
def workload(ssh_server: SshServer, api: StandInApi, client_key: asyncssh.SSHKey, tmp_path: Path) -> Workload:
    package = tmp_path / "istio-sidecar.deb"
    package.write_bytes(PACKAGE)
    key = client_key.export_private_key().decode()
    configuration = {"kubeconfigFile": str(api.kubeconfig(tmp_path)), "context": "tests", "sshPrivateKey": key}
    resource = JoinResource(configuration)
    root, scenes = authority(), list[Scene]()
    for number in range(4):
        name = f"vm-{number}"
        api.entry(f"vm/{name}")
        machine = ssh_server.serve(StandInMachine(facts=blank_facts(name)))
        scene = Scene(resource, machine, api, root, package, configuration)
        scene.signed()
        scenes.append(scene)
    workload = Workload(scenes)

    def heard(name: str) -> None:
        (condition,) = api.entries[f"vm/{name}"]["status"]["conditions"]
        condition.update(status="True", message="")

    for scene in scenes:
        scene.machine.after_restart = functools.partial(heard, Workload.name(scene))
    return workload


def operation(**more: Any) -> Operation:
    return Operation("urn", "meshx:index:Join", "vm", **more)


def test_all_restart_though_their_drains_together_take_longer_than_each_may(workload: Workload) -> None:
    begun = time.monotonic()
    with ThreadPoolExecutor(4) as engine:
        states = list(engine.map(lambda number: workload.update(number, operation()), range(4)))
    assert [state["observed"] for state in states] == ["ok"] * 4
    assert time.monotonic() - begun > 4 * 0.5, "one after the other"


@contextlib.contextmanager
def anothers_turn() -> Generator[None]:
    """Another machine of the workload restarts for the length of the block."""
    taken, over = threading.Event(), threading.Event()

    async def restart() -> None:
        async with TURNS.turn("vm/vmhttp", Wait(threading.Event())):
            taken.set()
            await asyncio.to_thread(over.wait)

    another = threading.Thread(target=lambda: asyncio.run(restart()))
    another.start()
    taken.wait()
    try:
        yield
    finally:
        over.set()
        another.join()


@pytest.mark.parametrize("end", ["cancelled", "customTimeouts"])
def test_one_that_has_no_turn_in_time_serves_on_and_is_restarted_by_the_next_run(workload: Workload, end: str) -> None:
    cancelled, scene = threading.Event(), workload.scenes[1]
    limited = operation(cancelled=cancelled) if end == "cancelled" else operation(timeout=1.0)
    with anothers_turn():
        threading.Timer(1.0, cancelled.set).start()
        with pytest.raises(ResourceError, match=rf"its proxy was not restarted: .*{end}.*the next `up` restarts it"):
            workload.update(1, limited)
    assert scene.api.entries["vm/vm-1"]["status"]["conditions"][0]["status"] == "True", "it serves as before"
    restarts: list[bool] = []
    heard = scene.machine.after_restart
    scene.machine.after_restart = lambda: (restarts.append(True), heard())
    read = scene.resource.read("vm-1", workload.inputs(scene), workload.states[1], operation())
    assert read.inputs["bundle"]["unit"]["restart"].startswith("waits")
    workload.update(1, operation())
    assert restarts == [True]


def test_one_whose_callers_cannot_be_told_has_its_turn_all_the_same(workload: Workload) -> None:
    scene = workload.scenes[0]
    old = {key: value for key, value in workload.inputs(scene).items() if key != "workloadEntry"}
    new = {**old, "bundle": {**old["bundle"], "hosts": NEW_GATEWAY}}
    with anothers_turn(), pytest.raises(ResourceError, match="its proxy was not restarted: it had no turn within"):
        scene.resource.update("vm-0", workload.states[0], old, new, operation(timeout=0.5))
    scene.resource.update("vm-0", workload.states[0], old, new, operation(timeout=0.5))
