"""Machines are revoked one after the other, while the others serve.

The tests of this file follow one stack of three machines, so each builds on the one before it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from kubernetes import client

from sandbox import machines, traffic
from sandbox.kubernetes import cluster
from tests.e2e.doctor.diagnosis import doctor
from tests.e2e.revoking.refusals import REFUSED, made_at, policies, timed_calls
from tests.e2e.stack.mesh_project import MeshProject
from tests.e2e.stack.steady_calls import steady
from tests.e2e.stack.two_machines import BATCH, EVERY, HTTPBIN, VMHTTP

pytestmark = pytest.mark.usefixtures("sandbox")

OF_FIRST = "spiffe://cluster.local/ns/vm/sa/vmhttp"
TOKEN = "/var/run/secrets/tokens/istio-token"
SPREAD_SECONDS = 10.0


def of_machine(name: str, **keys: Any) -> Callable[[dict[str, Any]], None]:
    """A change of one machine's keys; None takes a key out."""

    def change(config: dict[str, Any]) -> None:
        (one,) = (machine for machine in config["workloads"][0]["machines"] if machine["name"] == name)
        one.update(keys)

    return change


def without(name: str, **keys: Any) -> Callable[[dict[str, Any]], None]:
    """A change that takes a machine out, and sets keys of the workload."""

    def change(config: dict[str, Any]) -> None:
        workload = config["workloads"][0]
        workload["machines"] = [machine for machine in workload["machines"] if machine["name"] != name]
        workload.update(keys)

    return change


def accounts() -> set[str]:
    found: Any = client.CoreV1Api(cluster.api()).list_namespaced_service_account("vm").items
    return {one.metadata.name for one in found} - {"default"}


def entries() -> set[str]:
    found: Any = client.CustomObjectsApi(cluster.api()).list_namespaced_custom_object(
        "networking.istio.io", "v1", "vm", "workloadentries"
    )
    return {one["metadata"]["name"] for one in found["items"]}


def is_good(token: str) -> bool:
    """Whether the API server takes a token for istiod."""
    review = {"spec": {"token": token, "audiences": ["istio-ca"]}}
    answer: Any = client.AuthenticationV1Api(cluster.api()).create_token_review(review)
    return bool(answer.status.authenticated)


@pytest.fixture(scope="module")
def stolen_token(project: MeshProject) -> str:
    """What lies on vm-2 before it is revoked."""
    return machines.execute("vm-2", ["cat", TOKEN]).stdout.strip()


def test_one_of_three_is_revoked_and_the_others_answer_every_call(project: MeshProject, stolen_token: str) -> None:
    assert is_good(stolen_token)
    project.configure(of_machine("vm-2", revoked=True))
    with timed_calls("vm-2") as stolen, steady(lambda: traffic.from_pod("sleep", VMHTTP, BATCH, EVERY)) as calls:
        time.sleep(2)
        begun = time.time()
        project.expect("up", "--yes", "--skip-preview")
        ended = time.time()
        time.sleep(SPREAD_SECONDS)
    denied, last = made_at("meshx-revoked.vm.vmhttp"), stolen.last_success()
    print(f"up took {ended - begun:.1f} s; the last call of vm-2 was answered {last - denied:.1f} s after its DENY")
    print(f"to the others: {calls.summary()}")
    assert last - denied < SPREAD_SECONDS
    # A proxy refuses with 403, or ends the connection, which the caller's own proxy answers with 503.
    assert set() < stolen.statuses_since(last) <= {REFUSED, 503}
    assert calls.answers and not calls.failed, calls.summary()
    assert accounts() == {"vmhttp.r1"}
    assert not is_good(stolen_token), "the old account's tokens outlive it"
    assert entries() == {"vm-1.r1", "vm-3.r1"}
    assert {traffic.from_machine(one, HTTPBIN)[0].caller for one in ("vm-1", "vm-3")} == {f"{OF_FIRST}.r1"}


def test_nothing_is_left_to_do_and_the_doctor_says_who_is_refused(project: MeshProject) -> None:
    project.expect("preview", "--refresh", "--expect-no-changes")
    said = doctor(project)
    assert said.code == 0, said.text
    assert "vm/vmhttp is refused" in said.text
    assert "nobody logs in to it" in said.text


def test_a_near_machine_is_refused_before_the_others_have_joined_again(project: MeshProject) -> None:
    project.configure(of_machine("vm-3", revoked=True))
    with timed_calls("vm-3") as stolen:
        time.sleep(2)
        begun = time.time()
        project.expect("up", "--yes", "--skip-preview")
        time.sleep(2)
    last = stolen.last_success()
    print(f"vm-3 was refused by its address {last - made_at('meshx-revoked-vm-3'):.1f} s after that was denied")
    assert last < made_at("meshx-revoked.vm.vmhttp.r1") + SPREAD_SECONDS
    assert {"meshx-revoked.vm.vmhttp", "meshx-revoked.vm.vmhttp.r1"} <= policies().keys()
    assert accounts() == {"vmhttp.r2"} and entries() == {"vm-1.r2"}
    assert begun < last + SPREAD_SECONDS


def test_an_entry_taken_out_brings_no_identity_back(project: MeshProject) -> None:
    project.configure(without("vm-3"))
    refused = project.pulumi("preview")
    assert refused.code != 0
    assert "would be vm/vmhttp.r1 again, which was revoked" in refused.text, refused.text
    assert "`revocations`" in refused.text
    project.configure(without("vm-3", revocations=1))
    changes = project.expect("up", "--yes", "--skip-preview").changes()
    assert set(changes) <= {"deleted", "updated", "unchanged"}, changes
    assert {"meshx-revoked.vm.vmhttp", "meshx-revoked.vm.vmhttp.r1"} <= policies().keys()
    assert accounts() == {"vmhttp.r2"}


def test_a_workload_taken_out_does_not_take_its_denials_along(project: MeshProject) -> None:
    kept: list[Any] = []
    project.configure(lambda config: kept.append(config.pop("workloads")))
    refused = project.pulumi("preview")
    project.configure(lambda config: config.update(workloads=kept[0]))
    assert refused.code != 0
    assert "cannot be deleted" in refused.text and "protected" in refused.text, refused.text


def test_an_account_can_be_refused_alone_whatever_becomes_of_the_others(project: MeshProject) -> None:
    project.configure(of_machine("vm-1", revoked=True))
    with timed_calls("vm-1") as stolen:
        time.sleep(2)
        project.expect("up", "--yes", "--skip-preview", "--target", "**::vm/vmhttp/revoked-account/vmhttp.r2")
        time.sleep(SPREAD_SECONDS)
    denied, last = made_at("meshx-revoked.vm.vmhttp.r2"), stolen.last_success()
    print(f"vm-1 was refused {last - denied:.1f} s after its account was denied alone")
    # A proxy refuses with 403, or ends the connection, which the caller's own proxy answers with 503.
    assert set() < stolen.statuses_since(last) <= {REFUSED, 503}
    assert last - denied < SPREAD_SECONDS
    project.expect("up", "--yes", "--skip-preview")
    assert (accounts(), entries()) == ({"vmhttp.r3"}, set())
