"""Joins of machines that are revoked, and of those that stay: no login to the former, and the latter join in place."""

from __future__ import annotations

from typing import Any

import pytest

from meshx.cluster.registration import OUT_OF_SERVICE
from meshx.plugin_base.custom_resource import ResourceError
from meshx.provider.join_resource import JoinResource
from tests.unit.provider.test_join_resource import IDENTITY, Scene, scene

__all__ = ["scene"]
REFUSED = {"machines": ["vm-1"], "hosts": [], "accounts": ["vm/vmhttp"]}
NEW = {"serviceAccount": "vmhttp.r1", "workloadEntry": "vm-1.r1", "revokedAccounts": ["vmhttp"]}


def revoking(scene: Scene, **differences: Any) -> JoinResource:
    """The resource of a stack that revoked the machine."""
    return JoinResource({**scene.configuration, "revoked": {**REFUSED, **differences}})


def test_nobody_logs_in_to_a_revoked_machine_when_it_is_looked_at_or_goes(scene: Scene) -> None:
    state, inputs = scene.create(), scene.inputs()
    resource, logins = revoking(scene), scene.machine.logins
    found = resource.read("vm-1", inputs, state, scene.operation())
    assert (found.inputs, found.outputs) == (inputs, state)
    resource.delete("vm-1", state, inputs, scene.operation())
    assert scene.machine.logins == logins


def test_a_host_that_is_revoked_is_revoked_under_any_name(scene: Scene) -> None:
    state, inputs = scene.create(), scene.inputs()
    logins = scene.machine.logins
    revoking(scene, machines=["thief"], hosts=["127.0.0.1"]).delete("vm-1", state, inputs, scene.operation())
    assert scene.machine.logins == logins


def test_a_revoked_machine_whose_account_the_mesh_does_not_refuse_stays_in_the_state(scene: Scene) -> None:
    state, inputs = scene.create(), scene.inputs()
    with pytest.raises(ResourceError, match="joined as vm/vmhttp, which the mesh does not refuse"):
        revoking(scene, accounts=["vm/other"]).delete("vm-1", state, inputs, scene.operation())


def test_an_account_that_was_revoked_does_not_come_back(scene: Scene) -> None:
    _, (failure,) = scene.resource.check(scene.inputs(), scene.inputs(**NEW), scene.operation())
    assert failure.property == "serviceAccount"
    assert "vm/vmhttp again" in failure.reason and "`revocations`" in failure.reason


def test_a_machine_with_another_account_after_a_revocation_serves_by_its_old_entry_until_it_restarts(
    scene: Scene,
) -> None:
    state, before = scene.create(), scene.inputs()
    scene.api.entry("vm/vm-1.r1", healthy=None)
    at_restart: list[str] = []

    def rejoined() -> None:
        at_restart.append(scene.api.entries["vm/vm-1"]["status"]["conditions"][0]["message"])
        scene.api.entry("vm/vm-1.r1")

    scene.signed(f"{IDENTITY}.r1")
    scene.machine.after_restart = rejoined
    scene.resource.update("vm-1", state, before, scene.inputs(**NEW), scene.operation())
    assert "leave.sh" not in scene.machine.scripts
    assert at_restart == [OUT_OF_SERVICE]
    (held,) = (one for one in scene.machine.received if "hold-restart" in one.members)
    assert "reset-certificate" in held.members
