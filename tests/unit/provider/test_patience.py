"""A cluster that is busy, or starts anew, in the middle of an operation: told, and waited out."""

import threading
from pathlib import Path
from typing import Any

import pytest

from meshx.plugin_base.custom_resource import Operation, PartialFailure
from meshx.provider.instance_join_resource import InstanceJoin
from tests.unit.stand_ins.api_stand_in import StandInApi

INPUTS: dict[str, Any] = {
    "machine": "vm-1",
    "namespace": "vm",
    "workloadEntry": "vm-1",
    "instance": "4711",
    "drainSeconds": 0.1,
    "waitSeconds": 30.0,
}


class Instance:
    """An instance's join, as the engine calls it, and what it says."""

    def __init__(self, api: StandInApi, folder: Path) -> None:
        self.said: list[str] = []
        self.cancelled = threading.Event()
        self.operation = Operation(
            "urn",
            "meshx:index:InstanceJoin",
            "vm-1",
            cancelled=self.cancelled,
            log=lambda _, text: self.said.append(text),
        )
        self.join = InstanceJoin({"kubeconfigFile": str(api.kubeconfig(folder))}).during(self.operation)


@pytest.fixture
def instance(api: StandInApi, tmp_path: Path) -> Instance:
    return Instance(api, tmp_path)


@pytest.mark.parametrize("failing", [[429, 429], [503], [0, 0, 0, 0]], ids=["busy", "starting", "silent"])
def test_a_wait_goes_on(api: StandInApi, instance: Instance, failing: list[int]) -> None:
    api.entry("vm/vm-1", healthy=None)
    threading.Timer(1.0, lambda: api.failing.extend(failing)).start()
    threading.Timer(2.0, lambda: api.entry("vm/vm-1")).start()
    assert instance.join.create(INPUTS, instance.operation) == ("vm-1", INPUTS)


def test_a_drain_is_told_in_spite_of_it(api: StandInApi, instance: Instance) -> None:
    api.entry("vm/vm-1")
    api.failing = [503, 429]
    instance.join.delete("vm-1", INPUTS, INPUTS, instance.operation)
    assert api.entries["vm/vm-1"]["status"]["conditions"][0]["status"] == "False"
    assert ["it is tried again" in text for text in instance.said] == [True]


def test_the_end_of_the_run_ends_a_wait_at_once(api: StandInApi, instance: Instance) -> None:
    api.entry("vm/vm-1", healthy=None)
    threading.Timer(0.5, instance.cancelled.set).start()
    with pytest.raises(PartialFailure):
        instance.join.create(INPUTS, instance.operation)
