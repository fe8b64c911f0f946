"""A group of instances that join by themselves, as far as istiod knows of them: waited for, drained."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from meshx.cluster.registration import OUT_OF_SERVICE
from meshx.plugin_base.custom_resource import Operation, PartialFailure, Severity
from meshx.plugin_base.property_values import UNKNOWN
from meshx.provider import self_join
from meshx.provider.group_join_resource import GROUP_ANNOTATION, GroupJoin
from tests.unit.stand_ins.api_stand_in import ApiServer, StandInApi

INPUTS: dict[str, Any] = {
    "group": "web",
    "namespace": "vm",
    "size": 2.0,
    "template": "one",
    "drainSeconds": 0.0,
    "waitSeconds": 0.0,
}


class Scene:
    """A resource, its cluster, and what it said."""

    def __init__(self, api: StandInApi, folder: Path) -> None:
        self.api = api
        self.said: list[tuple[Severity, str]] = []
        self.resource = GroupJoin({"kubeconfigFile": str(api.kubeconfig(folder))})

    def operation(self, preview: bool = False) -> Operation:
        """One call of the engine."""
        return Operation(
            "urn", "meshx:index:GroupJoin", "vm/web/group", preview, log=lambda *one: self.said.append(one)
        )

    def registered(self, name: str, group: str = "web", **health: Any) -> None:
        """Have an instance registered in a group."""
        self.api.entry(f"vm/{name}", **health)
        self.api.entries[f"vm/{name}"]["metadata"]["annotations"][GROUP_ANNOTATION] = group


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    api = StandInApi()
    server = ApiServer(api)
    yield Scene(api, tmp_path)
    server.close()


def test_a_group_has_joined_once_istiod_finds_as_many_healthy_as_there_are_to_be(scene: Scene) -> None:
    scene.registered("web-1")
    scene.registered("web-2")
    assert scene.resource.create(INPUTS, scene.operation()) == ("web", INPUTS)


def test_instances_of_others_and_those_that_are_gone_do_not_count(scene: Scene) -> None:
    scene.registered("web-1")
    scene.registered("other-1", group="other")
    scene.api.entry("vm/vm-1")
    scene.registered("web-2")
    del scene.api.entries["vm/web-2"]["metadata"]["annotations"]["istio.io/connectedAt"]
    with pytest.raises(PartialFailure, match=r"the group web has 1 of 2 instances in the mesh after 0 s") as late:
        scene.resource.create(INPUTS, scene.operation())
    assert late.value.id == "web"


def test_failing_probes_are_told_and_do_not_fail_the_join(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(self_join, "FAILED_PROBE_SECONDS", 0.1)
    scene.registered("web-1")
    scene.registered("web-2", healthy=False)
    scene.resource.create({**INPUTS, "waitSeconds": 30.0}, scene.operation())
    assert "the probe of 1 of its instances fails" in scene.said[0][1]


def test_another_size_or_template_is_waited_for_in_place(scene: Scene) -> None:
    news = {**INPUTS, "size": 1.0, "template": UNKNOWN}
    diff = scene.resource.diff("web", INPUTS, INPUTS, news, scene.operation())
    assert (diff.changes, list(diff.replaces)) == (True, [])
    scene.resource.update("web", INPUTS, INPUTS, news, scene.operation(preview=True))
    assert scene.api.requests == []
    with pytest.raises(PartialFailure):
        scene.resource.update("web", INPUTS, INPUTS, {**news, "template": "two"}, scene.operation())


def test_a_group_that_goes_is_taken_out_of_service_before(scene: Scene) -> None:
    scene.registered("web-1")
    scene.registered("other-1", group="other")
    scene.resource.delete("web", INPUTS, INPUTS, scene.operation())
    messages = {
        name: entry["status"]["conditions"][0]["message"] == OUT_OF_SERVICE for name, entry in scene.api.entries.items()
    }
    assert messages == {"vm/web-1": True, "vm/other-1": False}
