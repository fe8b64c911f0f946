"""Machines that come over from another mesh, and those that another mesh has by now (meshx/machine/moving)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from meshx.machine.restarting import Turns
from meshx.plugin_base.custom_resource import Operation, ResourceError
from meshx.plugin_base.property_values import UNKNOWN
from meshx.provider.join_resource import JoinResource
from meshx.provider.wave_resource import Wave
from tests.unit.provider.test_join_resource import Scene, scene
from tests.unit.provider.test_wave_resource import wave
from tests.unit.stand_ins.api_stand_in import ApiServer, StandInApi

__all__ = ["scene"]

FORMER = "uid-of-former"
CLASSIC = {"retiring": b"istio-auth-node-agent", "joined": b"yes", "ready": b"", "unit.active": b"active"}
"""What a look at a machine of the classic line finds."""


@pytest.fixture
def former(scene: Scene) -> Iterator[StandInApi]:
    """The cluster that machines come from, by the context `former` of the same kubeconfig."""
    api = StandInApi(uid=FORMER)
    server = ApiServer(api)
    file = Path(scene.configuration["kubeconfigFile"])
    known = yaml.safe_load(file.read_text())
    known["clusters"].append({"name": "former", "cluster": {"server": api.url}})
    known["contexts"].append({"name": "former", "context": {"cluster": "former", "user": "tests"}})
    file.write_text(yaml.safe_dump(known))
    yield api
    server.close()


def of(stack: str, scene: Scene, preview: bool = False) -> Operation:
    """One call of the engine for the Join of a stack."""
    urn = f"urn:pulumi:{stack}::meshx::meshx:index:Mesh$meshx:index:Join::vm-1"
    return Operation(urn, "meshx:index:Join", "vm-1", preview, log=lambda *said: scene.said.append(said))


def letting_in(scene: Scene) -> JoinResource:
    """The Joins of a stack whose file names the former mesh."""
    return JoinResource({**scene.configuration, "formerContext": "former"})


def joins(scene: Scene) -> list[dict[str, bytes]]:
    return [one.members for one in scene.machine.received if one.name == "join.sh"]


def said(scene: Scene) -> str:
    return "\n".join(text for _, text in scene.said)


def test_a_join_notes_on_the_machine_which_stack_and_cluster_it_is_of(scene: Scene) -> None:
    scene.resource.create(scene.inputs(), of("new", scene))
    assert scene.machine.facts["joined-by"] == b"meshx/new uid-of-tests\n"


@pytest.mark.parametrize("mark", [b"meshx/old uid-of-former\n", b""], ids=["marked", "of an earlier meshx"])
def test_a_machine_of_the_former_mesh_comes_over_with_a_new_identity_once_it_has_its_turn(
    scene: Scene, former: StandInApi, mark: bytes
) -> None:
    chain = scene.root.sign("spiffe://cluster.local/ns/vm/sa/vmhttp")
    scene.machine.facts |= {**CLASSIC, "joined-by": mark, "certificate": chain}
    letting_in(scene).create(scene.inputs(), of("new", scene))
    (members,) = joins(scene)
    assert {"token", "reset-certificate", "restart"} <= members.keys()
    assert "hold-restart" not in members, "nothing is changed before its turn"
    assert scene.machine.facts["joined-by"] == b"meshx/new uid-of-tests\n"


def test_a_machine_that_comes_over_has_its_way_back(scene: Scene, former: StandInApi) -> None:
    scene.machine.facts |= {**CLASSIC, "joined-by": b"meshx/old uid-of-former\n", "way-back": b"kept"}
    letting_in(scene).create(scene.inputs(wayBackSeconds=600), of("new", scene))
    assert joins(scene)[-1]["way-back"] == b"600\n"


def test_one_that_had_no_turn_is_as_it_was_and_no_token_was_asked_for(
    scene: Scene, former: StandInApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Turns, "_take", lambda *_: False)
    scene.machine.facts |= {**CLASSIC, "joined-by": b"meshx/old uid-of-former\n"}
    hurried = replace(of("new", scene), timeout=0.5)
    with pytest.raises(ResourceError, match=r"vm-1 was not changed, since it waits .* the next `up` goes on with it"):
        letting_in(scene).create(scene.inputs(), hurried)
    assert (joins(scene), scene.api.asked("POST")) == ([], [])


def test_no_turn_is_taken_for_a_package_that_cannot_be_had(
    scene: Scene, former: StandInApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns: list[str] = []
    monkeypatch.setattr(Turns, "_take", lambda _, workload, __: turns.append(workload) or True)
    scene.machine.facts |= {**CLASSIC, "joined-by": b"meshx/old uid-of-former\n", "way-back": b"kept"}
    scene.package.unlink()
    with pytest.raises(ResourceError, match="is not there: correct meshx:sidecar"):
        letting_in(scene).create(scene.inputs(wayBackSeconds=600), of("new", scene))
    assert turns == []


def test_a_machine_of_another_mesh_is_refused_and_left_as_it_is(scene: Scene, former: StandInApi) -> None:
    scene.machine.facts |= {**CLASSIC, "joined-by": b"meshx/other uid-of-a-third\n"}
    for resource in (scene.resource, letting_in(scene)):
        with pytest.raises(ResourceError, match=r"a machine of stack meshx/other .* name that cluster's context here"):
            resource.create(scene.inputs(), of("new", scene))
    assert joins(scene) == []


def test_a_machine_of_an_istiod_mesh_can_only_be_released(scene: Scene, former: StandInApi) -> None:
    scene.machine.facts |= {"joined": b"yes", "joined-by": b"meshx/other uid-of-a-third\n"}
    with pytest.raises(ResourceError, match=r"no longer exists, run `sudo rm /var/lib/meshx/joined-by`") as refused:
        letting_in(scene).create(scene.inputs(), of("new", scene))
    assert "meshx:former" not in str(refused.value)
    scene.machine.facts["joined-by"] = b""
    letting_in(scene).create(scene.inputs(), of("new", scene))
    assert scene.machine.facts["joined-by"] == b"meshx/new uid-of-tests\n"


def test_a_former_cluster_that_does_not_answer_is_told_and_the_machine_left_as_it_is(
    scene: Scene, former: StandInApi
) -> None:
    scene.machine.facts |= {**CLASSIC, "joined-by": b"meshx/old uid-of-former\n"}
    former.forbidden = "kube-system"
    with pytest.raises(ResourceError, match=r"the cluster of meshx:former\.context \(former\) answers user may"):
        letting_in(scene).create(scene.inputs(), of("new", scene))
    assert joins(scene) == []


@pytest.mark.parametrize(
    "mark",
    ["meshx/renamed uid-of-tests", "meshx/new uid-of-a-cluster-made-anew", "meshx/new ", ""],
    ids=["a stack that was renamed", "a cluster made anew", "a cluster that said nothing", "an earlier meshx"],
)
def test_a_machine_that_may_be_ours_is_ours(scene: Scene, mark: str) -> None:
    scene.machine.facts |= {"joined-by": mark.encode()}
    scene.resource.create(scene.inputs(), of("new", scene))
    assert joins(scene)


def test_a_join_notes_nothing_where_its_cluster_does_not_say_which_it_is(scene: Scene) -> None:
    scene.api.forbidden = "kube-system"
    scene.resource.create(scene.inputs(), of("new", scene))
    assert ["joined-by" in members for members in joins(scene)] == [False]


def test_no_machine_comes_over_that_could_not_note_whose_it_is(scene: Scene, former: StandInApi) -> None:
    scene.machine.facts |= CLASSIC
    scene.api.forbidden = "kube-system"
    with pytest.raises(ResourceError, match="the right to read namespace kube-system"):
        letting_in(scene).create(scene.inputs(), of("new", scene))
    assert joins(scene) == []


@pytest.mark.parametrize("mark", ["meshx/other uid-of-a-third", "meshx/other "], ids=["403", "a mark of no cluster"])
def test_a_machine_that_may_be_another_meshs_does_not_leave(scene: Scene, mark: str) -> None:
    scene.machine.facts |= {"joined": b"yes", "joined-by": mark.encode()}
    scene.api.forbidden = "kube-system" if mark.strip() == mark else ""
    with pytest.raises(ResourceError, match=r"whether that is another mesh is not known.*rm /var/lib/meshx/joined-by"):
        scene.resource.delete("vm-1", scene.inputs(), scene.inputs(), of("new", scene))
    assert "leave.sh" not in scene.machine.scripts


def test_this_stacks_own_machine_leaves_though_no_cluster_answers(scene: Scene) -> None:
    scene.machine.facts |= {"joined": b"yes", "joined-by": b"meshx/new uid-of-tests"}
    scene.api.forbidden = "kube-system"
    scene.resource.delete("vm-1", scene.inputs(), scene.inputs(), of("new", scene))
    assert "leave.sh" in scene.machine.scripts


def test_a_machine_of_another_stack_is_not_taken_where_the_cluster_does_not_say_which_it_is(scene: Scene) -> None:
    scene.machine.facts |= {"joined-by": b"meshx/other uid-of-a-third"}
    scene.api.forbidden = "kube-system"
    with pytest.raises(ResourceError, match="the cluster answers user may not GET"):
        scene.resource.create(scene.inputs(), of("new", scene))
    assert joins(scene) == []


@pytest.mark.parametrize("mark", ["meshx/renamed uid-of-tests", "meshx/new uid-of-a-cluster-made-anew"])
def test_a_refresh_shows_a_mark_of_before_and_up_writes_it_anew_without_a_restart(scene: Scene, mark: str) -> None:
    state = scene.resource.create(scene.inputs(), of("new", scene))[1]
    scene.machine.facts["joined-by"] = mark.encode()
    scene.machine.received.clear()
    found = scene.resource.read("vm-1", scene.inputs(), state, of("new", scene))
    assert found.inputs["joinedBy"] == "stack {} (cluster {})".format(*mark.split())
    assert scene.resource.diff("vm-1", state, dict(found.inputs), scene.inputs(), of("new", scene)).changes
    scene.resource.update("vm-1", found.outputs, found.inputs, scene.inputs(), of("new", scene, preview=True))
    assert said(scene).endswith("vm-1: the update places files"), said(scene)
    scene.resource.update("vm-1", found.outputs, found.inputs, scene.inputs(), of("new", scene))
    members = joins(scene)[0]
    assert "hold-restart" in members
    assert not {"token", "restart", "reset-certificate", "disk/package"} & members.keys()
    assert scene.machine.facts["joined-by"] == b"meshx/new uid-of-tests\n"
    assert "joinedBy" not in scene.resource.read("vm-1", scene.inputs(), state, of("new", scene)).inputs


def test_a_machine_of_an_earlier_meshx_shows_no_change_and_notes_whose_it_is_with_the_next_update(scene: Scene) -> None:
    state = scene.resource.create(scene.inputs(), of("new", scene))[1]
    del scene.machine.facts["joined-by"]
    assert scene.resource.read("vm-1", scene.inputs(), state, of("new", scene)).inputs == scene.inputs()
    scene.resource.update("vm-1", state, scene.inputs(), scene.inputs(drainSeconds=1.0), of("new", scene))
    assert not {"token", "restart", "reset-certificate", "disk/package"} & joins(scene)[-1].keys()
    assert scene.machine.facts["joined-by"] == b"meshx/new uid-of-tests\n"


def moved(scene: Scene) -> tuple[Any, Any]:
    """State and inputs of a Join of the old stack, whose machine went over to another mesh since."""
    state = scene.resource.create(scene.inputs(), of("old", scene))[1]
    scene.machine.facts["joined-by"] = b"meshx/new uid-of-a-third\n"
    scene.machine.received.clear()
    return state, scene.inputs()


def test_the_old_stack_leaves_a_machine_alone_that_went_over(scene: Scene) -> None:
    state, inputs = moved(scene)
    scene.resource.delete("vm-1", state, inputs, of("old", scene))
    assert "leave.sh" not in scene.machine.scripts
    assert "vm-1 stays a machine of stack meshx/new (cluster uid-of-a-third)" in said(scene)


def test_a_refresh_of_the_old_stack_says_who_has_it_and_up_does_not_take_it_back(scene: Scene) -> None:
    state, inputs = moved(scene)
    found = scene.resource.read("vm-1", inputs, state, of("old", scene))
    assert "is a machine of stack meshx/new" in str(found.inputs["machineState"])
    with pytest.raises(ResourceError, match="take it out of one of the two files"):
        scene.resource.update("vm-1", found.outputs, found.inputs, inputs, of("old", scene))
    assert joins(scene) == []


def test_a_preview_of_the_old_stack_says_that_up_refuses_it(scene: Scene) -> None:
    state, inputs = moved(scene)
    found = scene.resource.read("vm-1", inputs, state, of("old", scene))
    scene.said.clear()
    scene.resource.update("vm-1", found.outputs, found.inputs, inputs, of("old", scene, preview=True))
    assert said(scene).startswith("vm-1: `up` refuses it: vm-1 is a machine of stack meshx/new (cluster uid-of-")


def test_the_new_stack_leaves_a_machine_alone_that_went_back(scene: Scene, former: StandInApi) -> None:
    scene.machine.facts |= CLASSIC
    letting_in(scene).delete("vm-1", scene.inputs(), scene.inputs(), of("new", scene))
    assert "leave.sh" not in scene.machine.scripts
    assert "vm-1 stays a machine of the mesh that meshx:former names" in said(scene)


def test_a_preview_says_what_goes_what_comes_and_which_names_stay(scene: Scene, former: StandInApi) -> None:
    scene.machine.facts |= {
        **CLASSIC,
        "joined-by": b"meshx/old uid-of-former\n",
        "package.status": b"ii  1.4.10",
        "names.own": b"10.77.0.9 istio-pilot\n127.255.0.3 httpbin.bar.global\n",
        "host httpbin.bar.global": b"127.255.0.3",
    }
    inputs = scene.inputs()
    inputs["bundle"]["hosts"]["httpbin.bar.global"] = "127.255.0.3"
    letting_in(scene).create(inputs, of("new", scene, preview=True))
    assert said(scene).splitlines() == [
        "vm-1 comes over from stack meshx/old (cluster uid-of-former), in place, once it has its turn:",
        "  goes: unit istio-auth-node-agent, the package of version 1.4.10, its certificate and key, name istio-pilot",
        "  comes: the package istio-sidecar.deb, a certificate of this mesh's, name istiod.istio-system.svc",
        "  stays: name httpbin.bar.global",
    ]
    assert joins(scene) == []


def test_a_preview_says_that_another_meshs_machine_will_be_refused(scene: Scene, former: StandInApi) -> None:
    scene.machine.facts |= {**CLASSIC, "joined-by": b"meshx/other uid-of-a-third\n"}
    letting_in(scene).create(scene.inputs(), of("new", scene, preview=True))
    assert said(scene).endswith("`up` refuses it")


def test_a_wave_of_machines_that_come_over_is_held_when_it_is_made(scene: Scene, former: StandInApi) -> None:
    scene.create()
    scene.machine.facts["ready"] = b"503"
    inputs = wave(scene)
    assert Wave(scene.configuration).create(inputs, scene.operation())
    coming = Wave({**scene.configuration, "formerContext": "former"})
    with pytest.raises(ResourceError, match="wave 1 of 2 did not hold"):
        coming.create(inputs, scene.operation())
    coming.create(inputs, scene.operation(preview=True))
    assert "wave 1 of 2 restarts the sidecars of vm-1" in said(scene)
    scene.said.clear()
    inputs["machines"]["vm-1"]["restartsFor"] = UNKNOWN
    coming.create(inputs, scene.operation(preview=True))
    assert "wave 1 of 2 restarts the sidecars of vm-1" in said(scene), "of a mesh that is still to be made"
