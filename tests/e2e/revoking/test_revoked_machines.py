"""Machines are revoked one after the other, while the others serve.

The tests of this file follow one stack of three machines, so each builds on the one before it.
"""

from __future__ import annotations

import time
from typing import Any

import pytest
from kubernetes import client

from sandbox import machines, traffic
from sandbox.kubernetes import cluster
from tests.e2e.revoking.refusals import REFUSED, made_at, timed_calls
from tests.e2e.stack.mesh_project import MeshProject
from tests.e2e.stack.steady_calls import steady
from tests.e2e.stack.two_machines import BATCH, EVERY, HTTPBIN, VMHTTP

pytestmark = pytest.mark.usefixtures("sandbox")

OF_FIRST = "spiffe://cluster.local/ns/vm/sa/vmhttp"
SPREAD_SECONDS = 15.0


def revoke(machine: str) -> Any:
    def change(config: dict[str, Any]) -> None:
        for one in config["workloads"][0]["machines"]:
            if one["name"] == machine:
                one["revoked"] = True

    return change


def accounts() -> set[str]:
    found: Any = client.CoreV1Api(cluster.api()).list_namespaced_service_account("vm").items
    return {one.metadata.name for one in found} - {"default"}


def entries() -> set[str]:
    found: Any = client.CustomObjectsApi(cluster.api()).list_namespaced_custom_object(
        "networking.istio.io", "v1", "vm", "workloadentries"
    )
    return {one["metadata"]["name"] for one in found["items"]}


def logins(machine: str) -> str:
    return machines.execute(machine, ["sh", "-c", "journalctl -u ssh -q --no-pager | grep -c Accepted || true"]).stdout


def test_one_of_three_is_revoked_and_the_others_answer_every_call(project: MeshProject) -> None:
    project.configure(revoke("vm-2"))
    with timed_calls("vm-2") as stolen, steady(lambda: traffic.from_pod("sleep", VMHTTP, BATCH, EVERY)) as calls:
        time.sleep(2)
        begun = time.time()
        ran = project.expect("up", "--yes", "--skip-preview")
        ended = time.time()
        time.sleep(SPREAD_SECONDS)
    denied = made_at("meshx-revoked.vm.vmhttp")
    last = stolen.last_success()
    print(ran.text)
    print(f"up took {ended - begun:.1f} s; vm-2 was refused {last - denied:.1f} s after its identity was")
    print(f"to the others: {calls.summary()}")
    assert set(stolen.refused_since(max(last, denied))) == {REFUSED}
    assert last - denied < SPREAD_SECONDS
    assert calls.answers and not calls.failed, calls.summary()
    assert accounts() == {"vmhttp.r1"}
    assert entries() == {"vm-1.r1", "vm-3.r1"}
    assert {traffic.from_machine(one, HTTPBIN)[0].caller for one in ("vm-1", "vm-3")} == {f"{OF_FIRST}.r1"}
