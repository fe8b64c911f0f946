"""The main job on the sandbox, in its order: preview, up, traffic, drift, a second machine, destroy.

The tests of this file follow one stack through its life, so each builds on the one before it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from kubernetes import client
from kubernetes.client.exceptions import ApiException

from sandbox import machines, traffic
from sandbox.kubernetes import cluster, pods
from sandbox.supervision import cgroups
from sandbox.traffic import services
from tests.e2e.machine.plain_calls import plain_calls
from tests.e2e.stack.awaiting import awaited
from tests.e2e.stack.machine_listing import listing
from tests.e2e.stack.mesh_project import MeshProject
from tests.e2e.stack.settling import settled
from tests.e2e.stack.steady_calls import steady
from tests.e2e.stack.upkeep import STOP_UPKEEP

pytestmark = pytest.mark.usefixtures("sandbox")

GIBIBYTE = 1 << 30
VM_IDENTITY = "spiffe://cluster.local/ns/vm/sa/vmhttp"
POD_IDENTITY = "spiffe://cluster.local/ns/bar/sa/sleep"
HTTPBIN = "http://httpbin.bar.svc.cluster.local:8000/"
VMHTTP = "http://vmhttp.vm.svc.cluster.local:8080/"


@pytest.fixture(scope="module")
def before() -> dict[str, Any]:
    """What stood on the machines before anything was joined."""
    return {name: listing(name) for name in ("vm-1", "vm-3")}


@pytest.fixture(scope="module")
def project(before: dict[str, Any], new_project: MeshProject) -> Iterator[MeshProject]:
    """The stack that all tests of this file follow; destroyed in the end whatever happened."""
    new_project.configure(lambda config: config["workloads"][0].update(whenDown="closed"))
    yield new_project
    new_project.unlock()
    new_project.pulumi("destroy", "--yes", "--skip-preview")


def second_machine(config: dict[str, Any]) -> None:
    first = config["workloads"][0]["machines"][0]
    host_key = first["ssh"]["hostKeyFile"].replace("vm-1", "vm-3")
    config["workloads"][0]["machines"].append(
        {"name": "vm-3", "address": "10.77.0.13", "ssh": {"hostKeyFile": host_key}}
    )


def without_second_machine(config: dict[str, Any]) -> None:
    config["workloads"][0]["machines"].pop()


def test_the_first_preview_on_an_empty_cluster_is_a_plan_with_the_bundles_files(project: MeshProject) -> None:
    plan = project.expect("preview", "--diff", "--show-full-output").text
    assert "ISTIO_META_WORKLOAD_ENTRY='vm-1'" in plan
    assert "istiod.istio-system.svc:15012" in plan
    assert 'callsPastTheProxy: "refused"' in plan
    assert "error" not in plan.lower().replace("on error", "")
    for created in ("meshx:index:Join", "helm.sh/v3:Release", "WorkloadEntry", "ServiceEntry", "WorkloadGroup"):
        assert created in plan
    assert not [resource for resource in project.state() if resource.get("custom")]


def test_up_joins_the_machine_within_the_time_that_a_newcomer_waits(project: MeshProject) -> None:
    begun = time.monotonic()
    project.expect("up", "--yes", "--skip-preview")
    print(f"pulumi up on an empty cluster: {time.monotonic() - begun:.1f} s")
    services.apply()
    services.restart_uninjected()


@pytest.mark.parametrize(
    ("audience", "seconds", "why"),
    [("istio-ca", 10 * 365 * 86400, "valid for 3600 s at most"), ("vault", 3600, "for the audience istio-ca alone")],
    ids=["for ten years", "for another audience"],
)
def test_the_api_server_refuses_a_token_of_the_machines_account(
    project: MeshProject, audience: str, seconds: int, why: str
) -> None:
    asked = {"spec": {"audiences": [audience], "expirationSeconds": seconds}}
    with pytest.raises(ApiException, match=why):
        client.CoreV1Api(cluster.api()).create_namespaced_service_account_token("vmhttp", "vm", asked)


def test_a_token_for_istiod_and_one_of_another_account_are_given(project: MeshProject) -> None:
    core = client.CoreV1Api(cluster.api())
    asked = {"spec": {"audiences": ["istio-ca"], "expirationSeconds": 3600}}
    assert core.create_namespaced_service_account_token("vmhttp", "vm", asked).status.token
    asked = {"spec": {"audiences": ["vault"], "expirationSeconds": 86400}}
    assert core.create_namespaced_service_account_token("default", "vm", asked).status.token


def test_the_kubelet_gets_tokens_of_the_machines_account_for_a_pod(project: MeshProject) -> None:
    core, name = client.CoreV1Api(cluster.api()), "with-the-machines-account"
    image = pods.list_pods("bar", "app=sleep")[0].spec.containers[0].image
    container = {"name": "main", "image": image, "imagePullPolicy": "IfNotPresent", "command": ["no-such-program"]}
    spec = {"serviceAccountName": "vmhttp", "containers": [container], "restartPolicy": "Never"}
    core.create_namespaced_pod("vm", {"metadata": {"name": name}, "spec": spec})

    def reasons() -> set[str]:
        return {str(one.reason) for one in core.list_namespaced_event("vm").items if one.involved_object.name == name}

    try:
        # A pod's container is made once its token, for the API server's own audience, is mounted.
        seen = awaited(reasons, lambda seen: bool({"Created", "Failed", "FailedMount"} & seen))
    finally:
        core.delete_namespaced_pod(name, "vm", grace_period_seconds=0)
    assert {"Created", "Failed"} & seen and "FailedMount" not in seen, seen


def test_the_machine_calls_a_pods_service_as_itself(project: MeshProject) -> None:
    answer = settled(lambda: traffic.from_machine("vm-1", HTTPBIN)[0])
    assert (answer.status, answer.server, answer.caller) == (200, "envoy", VM_IDENTITY)


def test_a_pod_calls_the_machines_service_and_the_machine_by_its_own_name(project: MeshProject) -> None:
    for url in (VMHTTP, "http://vm-1.vmhttp.vm.svc.cluster.local:8080/"):
        answer = settled(lambda url=url: traffic.from_pod("sleep", url)[0])
        assert (answer.status, answer.server, answer.host) == (200, "envoy", "vm-1"), url
        assert answer.caller == POD_IDENTITY, url


def test_sandbox_and_mesh_take_less_memory_than_the_machine_promises(project: MeshProject) -> None:
    taken = cgroups.memory_bytes()
    assert taken is not None
    print(f"memory of sandbox, mesh and machines: {taken / GIBIBYTE:.2f} GiB")
    assert taken < 6 * GIBIBYTE


def test_the_exports_name_the_control_plane_the_machines_and_the_services(project: MeshProject) -> None:
    outputs = project.outputs()
    assert outputs["controlPlane"]["clusterName"] == "cluster1"
    assert outputs["controlPlane"]["network"] == "network1"
    assert outputs["controlPlane"]["gatewayAddress"].startswith("10.77.0.2")
    assert outputs["machines"] == {
        "vm-1": {
            "address": "10.77.0.11",
            "network": "network1",
            "workload": "vm/vmhttp",
            "identity": VM_IDENTITY,
        }
    }
    assert outputs["services"]["vm/vmhttp"] == "vmhttp.vm.svc.cluster.local:8080"
    assert outputs["services"]["vm/vmhttp/vm-1"] == "vm-1.vmhttp.vm.svc.cluster.local:8080"


def test_the_nightly_check_and_a_second_up_find_nothing_changed(project: MeshProject) -> None:
    project.expect("refresh", "--preview-only", "--expect-no-changes")
    again = project.expect("up", "--yes", "--skip-preview", "--expect-no-changes")
    assert set(again.changes()) <= {"unchanged"}, again.text


def test_no_token_or_private_key_is_in_the_state(project: MeshProject) -> None:
    state = json.dumps(project.state())
    token = machines.execute("vm-1", ["cat", "/var/run/secrets/tokens/istio-token"]).stdout.strip()
    assert token not in state if token else True
    assert "PRIVATE KEY" not in state
    assert "eyJhbGciOi" not in state


def test_a_machine_takes_at_most_four_resources_of_the_engine(project: MeshProject) -> None:
    of_machine = [resource for resource in project.state() if resource["urn"].endswith("::vm-1")]
    assert 1 <= len(of_machine) <= 4, [resource["urn"] for resource in of_machine]


def test_a_proxy_that_is_killed_again_and_again_lets_nobody_past_it(project: MeshProject) -> None:
    with plain_calls("vm-1") as calls:
        for _ in range(2):
            # As soon as the second start has come to it.
            killed = machines.execute(
                "vm-1", ["timeout", "30", "sh", "-c", "until pkill -KILL -x envoy; do sleep 0.1; done"]
            )
            assert killed.returncode == 0
            time.sleep(1.5)
            machines.execute("vm-1", ["systemctl", "start", "istio"])
    assert (calls.answered, calls.made > 0) == (0, True)
    answer = settled(lambda: traffic.from_pod("sleep", VMHTTP)[0])
    assert (answer.status, answer.server, answer.host) == (200, "envoy", "vm-1")


def test_a_hosts_line_edited_by_hand_is_shown_by_preview_and_repaired_by_up(project: MeshProject) -> None:
    machines.execute("vm-1", ["bash", "-c", STOP_UPKEEP])
    machines.execute("vm-1", ["sed", "-i", "s/^[0-9.]* *istiod/10.9.9.9 istiod/", "/etc/hosts"])
    machines.execute("vm-1", ["nft", "delete", "table", "inet", "meshx_closed"])
    drift = project.expect("preview", "--refresh", "--diff").text
    assert "10.9.9.9" in drift
    assert "answered: nftables' table inet meshx_closed is missing or changed" in drift
    assert "meshx-upkeep.timer does not run" in drift
    nightly = project.pulumi("refresh", "--preview-only", "--expect-no-changes")
    assert nightly.code != 0, nightly.text
    repaired = project.expect("up", "--yes", "--skip-preview", "--refresh")
    assert repaired.changes().get("updated") == 1, repaired.text
    gateway = project.outputs()["controlPlane"]["gatewayAddress"]
    hosts = machines.execute("vm-1", ["cat", "/etc/hosts"]).stdout
    assert f"{gateway} istiod.istio-system.svc" in " ".join(hosts.split())
    assert "10.9.9.9" not in hosts
    project.expect("refresh", "--preview-only", "--expect-no-changes", "--diff")


def test_a_second_machine_is_added_by_configuration_and_both_are_called(project: MeshProject) -> None:
    project.configure(second_machine)
    added = project.expect("up", "--yes", "--skip-preview")
    changes = added.changes()
    assert set(changes) == {"created", "updated", "unchanged"}, added.text
    assert changes["updated"] == 1, "who reaches what, and nothing else"
    deadline = time.monotonic() + 20
    seen: set[str] = set()
    while seen != {"vm-1", "vm-3"} and time.monotonic() < deadline:
        seen |= {answer.host for answer in traffic.from_pod("sleep", VMHTTP, count=10) if answer.succeeded}
    assert seen == {"vm-1", "vm-3"}


def test_machines_that_move_into_files_change_nothing(project: MeshProject) -> None:
    folder = project.folder / "inventory"
    folder.mkdir()
    workload: dict[str, Any] = {}

    def in_files(config: dict[str, Any]) -> None:
        workload.update(config["workloads"][0])
        first, second = workload["machines"]
        (folder / "first.yaml").write_text(yaml.safe_dump([first]))
        rows = ["name,address,ssh.hostKeyFile", f"{second['name']},{second['address']},{second['ssh']['hostKeyFile']}"]
        (folder / "second.csv").write_text("\n".join(rows))
        config["workloads"][0] = {**workload, "machines": [], "machinesFrom": ["inventory/first.yaml", "inventory/*"]}

    project.configure(in_files)
    project.expect("preview", "--expect-no-changes")
    project.configure(lambda config: config["workloads"].__setitem__(0, workload))
    project.expect("preview", "--expect-no-changes")


def test_a_machine_taken_out_is_drained_first_and_no_call_fails(project: MeshProject, before: dict[str, Any]) -> None:
    project.configure(without_second_machine)
    with steady(lambda: traffic.from_pod("sleep", VMHTTP, count=20, every="50ms")) as calls:
        time.sleep(2)
        removed = project.expect("up", "--yes", "--skip-preview")
    print(f"calls while vm-3 left: {calls.summary()}")
    changes = removed.changes()
    assert set(changes) == {"deleted", "updated", "unchanged"}, removed.text
    assert changes["updated"] == 1, "who reaches what, and nothing else"
    assert not calls.failed
    assert calls.served_by("vm-3") > 0, "the loop began when vm-3 was gone already"
    assert listing("vm-3") == before["vm-3"]


def test_destroy_leaves_machine_and_cluster_as_they_were(project: MeshProject, before: dict[str, Any]) -> None:
    project.expect("destroy", "--yes", "--skip-preview")
    assert listing("vm-1") == before["vm-1"]
    assert not project.state()
