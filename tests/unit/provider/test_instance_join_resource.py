"""An instance that joins by itself, as far as istiod knows of it: waited for, looked at, drained."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from meshx.cluster.registration import OUT_OF_SERVICE
from meshx.plugin_base.custom_resource import Operation, PartialFailure, Severity
from meshx.plugin_base.property_values import UNKNOWN
from meshx.provider import self_join
from meshx.provider.instance_join_resource import InstanceJoin
from tests.unit.stand_ins.api_stand_in import ApiServer, StandInApi

INPUTS: dict[str, Any] = {
    "machine": "vm-1",
    "namespace": "vm",
    "workloadEntry": "vm-1",
    "instance": "4711",
    "drainSeconds": 0.0,
    "waitSeconds": 0.0,
}


class Scene:
    """A resource, its cluster, and what it said."""

    def __init__(self, api: StandInApi, folder: Path) -> None:
        self.api = api
        self.said: list[tuple[Severity, str]] = []
        self.resource = InstanceJoin({"kubeconfigFile": str(api.kubeconfig(folder))})

    def operation(self, preview: bool = False) -> Operation:
        """One call of the engine."""
        return Operation(
            "urn", "meshx:index:InstanceJoin", "vm/vmhttp/vm-1", preview, log=lambda *one: self.said.append(one)
        )


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    api = StandInApi()
    server = ApiServer(api)
    yield Scene(api, tmp_path)
    server.close()


def test_an_instance_has_joined_once_istiod_finds_it_healthy(scene: Scene) -> None:
    scene.api.entry("vm/vm-1")
    assert scene.resource.create(INPUTS, scene.operation()) == ("vm-1", INPUTS)


def test_an_instance_that_is_late_is_kept_and_told_with_where_to_look(scene: Scene) -> None:
    scene.api.entry("vm/vm-1", healthy=None)
    with pytest.raises(PartialFailure, match=r"vm-1 has not joined after 0 s \(not connected to istiod\)") as late:
        scene.resource.create(INPUTS, scene.operation())
    assert "gcloud compute instances get-serial-port-output vm-1" in str(late.value)
    assert late.value.id == "vm-1"
    # The next `up` says so in its preview, and waits anew.
    kept = late.value.inputs
    assert kept is not None
    diff = scene.resource.diff("vm-1", kept, kept, INPUTS, scene.operation())
    assert list(diff.detailed) == ["entryState"]
    with pytest.raises(PartialFailure, match="has not joined after 0 s"):
        scene.resource.update("vm-1", kept, kept, INPUTS, scene.operation())
    scene.api.entry("vm/vm-1")
    assert scene.resource.update("vm-1", kept, kept, INPUTS, scene.operation()) == INPUTS


def test_health_from_before_an_instance_went_does_not_count(scene: Scene) -> None:
    scene.api.entry("vm/vm-1")
    del scene.api.entries["vm/vm-1"]["metadata"]["annotations"]["istio.io/connectedAt"]
    with pytest.raises(PartialFailure, match="not connected to istiod"):
        scene.resource.create(INPUTS, scene.operation())


def test_a_failing_probe_is_told_and_does_not_fail_the_join(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(self_join, "FAILED_PROBE_SECONDS", 0.1)
    scene.api.entry("vm/vm-1", healthy=False)
    scene.resource.create({**INPUTS, "waitSeconds": 30.0}, scene.operation())
    assert "its probe fails and nobody calls it: connection refused" in scene.said[0][1]


@pytest.mark.parametrize("inputs", [{**INPUTS, "workloadEntry": None}, INPUTS])
def test_what_istiod_says_nothing_of_is_not_waited_for(scene: Scene, inputs: dict[str, Any]) -> None:
    scene.api.entry("vm/vm-1", healthy=None, checked=False)
    assert scene.resource.create(inputs, scene.operation())[0] == "vm-1"


def test_a_preview_asks_nobody(scene: Scene) -> None:
    scene.resource.create({**INPUTS, "instance": UNKNOWN}, scene.operation(preview=True))
    assert scene.api.requests == []


def test_a_refresh_shows_what_is_amiss_and_the_next_update_waits_for_it(scene: Scene) -> None:
    scene.api.entry("vm/vm-1", healthy=None)
    read = scene.resource.read("vm-1", INPUTS, INPUTS, scene.operation())
    assert (read.inputs["workloadEntry"], read.inputs["entryState"]) == ("vm-1", "not connected to istiod")
    diff = scene.resource.diff("vm-1", read.outputs, read.inputs, INPUTS, scene.operation())
    assert (diff.changes, list(diff.replaces)) == (True, [])
    scene.api.entry("vm/vm-1")
    assert scene.resource.update("vm-1", read.outputs, read.inputs, INPUTS, scene.operation()) == INPUTS
    assert scene.resource.read("vm-1", INPUTS, INPUTS, scene.operation()).inputs == INPUTS


@pytest.mark.parametrize("instance", ["4712", UNKNOWN])
def test_another_instance_is_another_join_and_the_old_one_is_drained_before(scene: Scene, instance: Any) -> None:
    diff = scene.resource.diff("vm-1", INPUTS, INPUTS, {**INPUTS, "instance": instance}, scene.operation())
    assert (list(diff.replaces), diff.delete_before_replace) == (["instance"], True)


def test_an_instance_that_goes_is_taken_out_of_service_before(scene: Scene) -> None:
    scene.api.entry("vm/vm-1")
    scene.resource.delete("vm-1", INPUTS, INPUTS, scene.operation())
    (condition,) = scene.api.entries["vm/vm-1"]["status"]["conditions"]
    assert (condition["status"], condition["message"]) == ("False", OUT_OF_SERVICE)


@pytest.mark.parametrize(("announced", "least"), [(True, 0.2), (None, 0.0)])
def test_callers_that_no_object_sends_any_more_get_their_time_to_hear_of_it(
    scene: Scene, announced: bool | None, least: float
) -> None:
    inputs = {**INPUTS, "workloadEntry": None, "announced": announced, "drainSeconds": 0.2}
    begun = time.monotonic()
    scene.resource.delete("vm-1", inputs, inputs, scene.operation())
    taken = time.monotonic() - begun
    assert least <= taken < least + 0.2
    assert scene.api.requests == []


def test_a_cluster_that_is_gone_keeps_no_instance(scene: Scene) -> None:
    scene.api.forbidden = "vm-1"
    scene.resource.delete("vm-1", INPUTS, INPUTS, scene.operation())
    assert "leaves without its callers being told" in scene.said[0][1]


def test_inputs_that_are_missing_are_named(scene: Scene) -> None:
    _, failures = scene.resource.check({"machine": "vm-1"}, None, scene.operation())
    assert [failure.property for failure in failures] == ["namespace", "instance"]
