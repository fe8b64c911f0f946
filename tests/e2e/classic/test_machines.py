"""The whole of it by `pulumi`: the mesh, a machine on the cluster's network and one behind the gateway, their service.

The tests of this file follow one stack through its life, so each builds on the one before it.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kubernetes import client

from sandbox import machines, traffic
from sandbox.kubernetes import cluster
from sandbox.traffic import services
from tests.e2e.classic.classic_stack import SYSTEM
from tests.e2e.classic.package.building import build
from tests.e2e.classic.stand_ins.authority import Authority
from tests.e2e.classic.stand_ins.citadel import Citadel
from tests.e2e.classic.stand_ins.endpoints import Endpoints, discovery
from tests.e2e.classic.stand_ins.followed_citadel import FollowedCitadel
from tests.e2e.classic.stand_ins.pilot import pilot
from tests.e2e.classic.stand_ins.pod_sidecar import calling_sidecar
from tests.e2e.classic.stand_ins.tls_server import ADDRESS
from tests.e2e.classic.workload_objects import (
    FAR,
    NAMESPACE,
    NEAR,
    VMHTTP,
    entries,
    entry_addresses,
    listed,
    without_entry,
    workload,
)
from tests.e2e.doctor.diagnosis import doctor
from tests.e2e.machine.deliveries import shell
from tests.e2e.secrets.needles import Needles
from tests.e2e.secrets.places import state_places
from tests.e2e.stack import cluster_listing, earlier_state
from tests.e2e.stack.machine_listing import differences, listing
from tests.e2e.stack.mesh_project import MeshProject
from tests.e2e.stack.settling import settled

pytestmark = pytest.mark.usefixtures("sandbox")

IDENTITY = "spiffe://cluster.local/ns/vm/sa/vmhttp"
UP = ("up", "--yes", "--skip-preview")


@pytest.fixture(scope="module")
def before(sandbox: object) -> dict[str, Any]:
    """What stood on the machines and in the cluster before there was a mesh."""
    services.apply()
    return {NEAR: listing(NEAR), FAR: listing(FAR), "cluster": cluster_listing.listing()}


@pytest.fixture(scope="module")
def authority(before: object, new_project: MeshProject) -> Authority:
    """Citadel's authority, in the Secret that the mesh takes as it is."""
    made = Authority()
    made.give_to_cluster(SYSTEM, new_project.owner)
    return made


@pytest.fixture(scope="module")
def citadel(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Citadel]:
    """Citadel and Pilot, behind the Services of the mesh."""
    folder = tmp_path_factory.mktemp("stand-ins")
    greeting, citadel = pilot(authority, folder), FollowedCitadel(authority, folder, [NAMESPACE])
    yield citadel
    citadel.close()
    greeting.close()


@pytest.fixture(scope="module")
def told() -> Iterator[Endpoints]:
    """Where Pilot sends callers of a workload."""
    with discovery() as endpoints:
        yield endpoints


@pytest.fixture
def vmhttp(told: Endpoints) -> Iterator[str]:
    """The URL by which a pod's sidecar calls the workload."""
    with calling_sidecar(services.NAMESPACE, VMHTTP, 8080) as url:
        yield url


@pytest.fixture(scope="module")
def project(
    citadel: Citadel, new_project: MeshProject, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[MeshProject]:
    """The stack that all tests of this file follow; destroyed in the end whatever happened."""
    package = build("1.4.10", tmp_path_factory.mktemp("package"))

    def configure(config: dict[str, Any]) -> None:
        config["mesh"]["values"] = {"istio": {"standIns": {"address": ADDRESS}}}
        config["sidecar"] = {"file": str(package)}
        config["workloads"] = [workload(far=True)]

    new_project.configure(configure)
    yield new_project
    new_project.unlock()
    new_project.pulumi("destroy", "--yes", "--skip-preview")


def test_the_preview_shows_what_the_machines_get(project: MeshProject) -> None:
    plan = project.expect("preview", "--diff", "--show-full-output").text
    assert "ISTIO_CP_AUTH=MUTUAL_TLS" in plan
    assert "ISTIO_SERVICE_CIDR=10.96.0.0/16" in plan
    assert "istio-auth-node-agent" in plan


def test_up_makes_the_mesh_and_joins_both_machines(project: MeshProject, citadel: Citadel) -> None:
    begun = time.monotonic()
    told = project.expect(*UP).text
    print(f"pulumi up on an empty cluster, two machines: {time.monotonic() - begun:.1f} s")
    for machine in (NEAR, FAR):
        assert re.search(rf"{machine}: .*CSR is approved successfully\. Will renew cert in 1079h59m59", told), told
    assert citadel.signing is not None
    assert citadel.signing.callers == [IDENTITY, IDENTITY]


def test_both_machines_find_pilot_and_citadel_at_the_gateway(project: MeshProject) -> None:
    gateway = project.outputs()["controlPlane"]["gatewayAddress"]
    for machine in (NEAR, FAR):
        lines = shell(machine, "grep -o '^[0-9.]* istio[^ ]*' /etc/hosts").splitlines()
        assert lines == [f"{gateway} {name}" for name in ("istio-citadel", "istio-pilot", "istio-pilot.istio-system")]
        environment = shell(machine, "cat /var/lib/meshx/sidecar/cluster.env").splitlines()
        assert {"ISTIO_CP_AUTH=MUTUAL_TLS", "ISTIO_NAMESPACE=vm", f"POD_NAME={machine}"} <= set(environment)


def test_callers_are_told_of_both_machines_once(project: MeshProject, told: Endpoints) -> None:
    assert told.of(VMHTTP) == [("10.77.0.11", 8080), ("10.79.0.12", 8080)]
    assert listed("endpoints") == []
    service = client.CoreV1Api(cluster.api()).read_namespaced_service("vmhttp", NAMESPACE)
    assert entry_addresses() == {"vmhttp.vm.svc.cluster.local": [service.spec.cluster_ip]}
    assert entries() == {
        "vmhttp.vm.svc.cluster.local": ["10.77.0.11", "10.79.0.12"],
        "vm-1.vmhttp.vm.svc.cluster.local": ["10.77.0.11"],
        "vm-2.vmhttp.vm.svc.cluster.local": ["10.79.0.12"],
    }


def test_a_pod_calls_the_machines_by_their_service(project: MeshProject, vmhttp: str) -> None:
    seen: set[str] = set()
    deadline = time.monotonic() + 30
    while seen != {NEAR, FAR} and time.monotonic() < deadline:
        answers = traffic.from_pod("sleep", vmhttp, count=6)
        seen |= {answer.host for answer in answers if (answer.status, answer.server) == (200, "envoy")}
    assert seen == {NEAR, FAR}


def test_a_machine_calls_a_pods_service_through_the_proxy(project: MeshProject) -> None:
    found = client.CoreV1Api(cluster.api()).read_namespaced_service("httpbin", services.NAMESPACE)
    assert found.spec is not None
    url = f"http://{found.spec.cluster_ip}:8000/"
    answer = settled(lambda: traffic.from_machine(NEAR, url, user=machines.ADMINISTRATOR)[0])
    assert (answer.status, answer.server) == (200, "envoy")


def test_a_second_up_changes_nothing_and_no_key_is_in_the_state(project: MeshProject) -> None:
    again = project.expect(*UP, "--refresh", "--expect-no-changes")
    assert set(again.changes()) <= {"unchanged"}, again.text
    needles = Needles()
    for machine in (NEAR, FAR):
        needles.add(f"the key of {machine}", shell(machine, "cat /etc/certs/key.pem"))
    secret = client.CoreV1Api(cluster.api()).read_namespaced_secret("istio.vmhttp", NAMESPACE)
    assert secret.data is not None
    needles.add("the Secret's key", str(secret.data["key.pem"]))
    hits = {place: found for place, text in state_places(project).items() if (found := needles.found_in(text))}
    assert not hits


def test_a_state_from_before_the_rooms_is_brought_up_to_date_in_place(project: MeshProject, tmp_path: Path) -> None:
    earlier_state.take_in(project, "classic", tmp_path)
    earlier_state.expect_changes_in_place(project, machines=2)
    project.expect(*UP, "--expect-no-changes")


def test_the_doctor_finds_no_fault_in_it(project: MeshProject) -> None:
    diagnosis = doctor(project)
    assert diagnosis.code == 0, diagnosis.text
    for subject in ("istio-pilot", "istio-citadel", "mesh expansion", "key material", "Citadel's Secret", "callers"):
        assert subject in diagnosis.text, diagnosis.text


@pytest.mark.parametrize(
    ("make", "undo", "cause", "remedy"),
    [
        (
            "chown root /etc/certs/key.pem",
            "chown istio-proxy /etc/certs/key.pem",
            "key material: /etc/certs/key.pem is root:",
            "`pulumi up --refresh`",
        ),
        (
            "mv /etc/certs/cert-chain.pem /root/kept",
            "mv /root/kept /etc/certs/cert-chain.pem",
            "key material: /etc/certs/cert-chain.pem is missing",
            "`pulumi up --refresh`",
        ),
        (
            "sed -i 's/ISTIO_NAMESPACE=vm/ISTIO_NAMESPACE=default/' /var/lib/meshx/sidecar/cluster.env",
            "sed -i 's/ISTIO_NAMESPACE=default/ISTIO_NAMESPACE=vm/' /var/lib/meshx/sidecar/cluster.env",
            "files: /var/lib/meshx/sidecar/cluster.env has another content",
            "`pulumi up --refresh`",
        ),
        (
            "iptables -I OUTPUT -p tcp --dport 15011 -j REJECT",
            "iptables -D OUTPUT -p tcp --dport 15011 -j REJECT",
            "gateway: 10.77.0.2",
            "15011",
        ),
        # The last one: an agent that was started writes key and certificate anew, at a moment of its own.
        (
            "systemctl stop istio-auth-node-agent",
            "systemctl start istio-auth-node-agent",
            "node agent: istio-auth-node-agent is not active",
            "journalctl -u istio-auth-node-agent",
        ),
    ],
    ids=["key of root's", "certificate gone", "settings changed", "no way to Pilot", "node agent stopped"],
)
def test_the_doctor_names_a_fault_of_a_machine_with_its_remedy(
    project: MeshProject, make: str, undo: str, cause: str, remedy: str
) -> None:
    shell(FAR, make)
    try:
        diagnosis = doctor(project, FAR)
    finally:
        shell(FAR, undo)
    assert diagnosis.code == 1, diagnosis.text
    assert diagnosis.cause.startswith(cause), diagnosis.text
    assert remedy in diagnosis.remedy, diagnosis.text


def test_the_doctor_names_callers_that_are_not_told_of_a_machine(project: MeshProject) -> None:
    with without_entry("vmhttp"):
        diagnosis = doctor(project, FAR)
    assert diagnosis.cause.startswith("callers: "), diagnosis.text
    assert doctor(project).code == 0


def test_a_node_agent_stopped_by_hand_is_shown_and_started_again(project: MeshProject) -> None:
    shell(FAR, "systemctl disable --now istio-auth-node-agent")
    shown = project.pulumi("refresh", "--preview-only", "--expect-no-changes", "--diff")
    assert shown.code != 0
    assert "companions" in shown.text
    repaired = project.expect(*UP, "--refresh")
    assert repaired.changes().get("updated") == 1, repaired.text
    assert shell(FAR, "systemctl is-active istio-auth-node-agent") == "active\n"


def test_a_machine_moves_to_another_workload_in_one_up(project: MeshProject, told: Endpoints) -> None:
    def move(config: dict[str, Any]) -> None:
        staying, moving = workload(far=False), workload(far=True)
        moving |= {"name": "shop", "machines": moving["machines"][1:]}
        config["workloads"] = [staying, moving]

    project.configure(move)
    said = project.expect(*UP).text
    assert re.search(rf"{FAR}: .*CSR is approved successfully", said), said
    assert told.of(VMHTTP) == [("10.77.0.11", 8080)]
    assert entries() == {
        "vmhttp.vm.svc.cluster.local": ["10.77.0.11"],
        "vm-1.vmhttp.vm.svc.cluster.local": ["10.77.0.11"],
        "shop.vm.svc.cluster.local": ["10.79.0.12"],
        "vm-2.shop.vm.svc.cluster.local": ["10.79.0.12"],
    }
    with calling_sidecar(services.NAMESPACE, "shop.vm", 8080) as shop:
        answer = settled(lambda: traffic.from_pod("sleep", shop)[0])
    assert (answer.status, answer.server, answer.host) == (200, "envoy", FAR)
    assert "URI:spiffe://cluster.local/ns/vm/sa/shop" in shell(
        FAR, "openssl x509 -noout -ext subjectAltName -in /etc/certs/cert-chain.pem"
    )
    project.expect(*UP, "--refresh", "--expect-no-changes")


def test_a_machine_taken_out_is_called_no_more_and_left_as_it_was(
    project: MeshProject, before: dict[str, Any], told: Endpoints
) -> None:
    project.configure(lambda config: config.update(workloads=[workload(far=False)]))
    project.expect(*UP)
    assert told.of(VMHTTP) == [("10.77.0.11", 8080)]
    assert told.of("shop.vm") == [], "the last machine of a workload is called no more"
    assert listed("service") == ["vmhttp"]
    assert set(entries()) == {"vmhttp.vm.svc.cluster.local", "vm-1.vmhttp.vm.svc.cluster.local"}
    assert not differences(before[FAR], listing(FAR))


def test_the_service_goes_with_the_last_machine_and_comes_with_the_next(
    project: MeshProject, before: dict[str, Any], told: Endpoints
) -> None:
    empty = {**workload(far=False), "machines": []}
    project.configure(lambda config: config.update(workloads=[empty]))
    project.expect(*UP)
    assert (listed("service"), told.of(VMHTTP)) == ([], [])
    assert not differences(before[NEAR], listing(NEAR))
    project.configure(lambda config: config.update(workloads=[workload(far=False)]))
    project.expect(*UP)
    assert (listed("service"), told.of(VMHTTP)) == (["vmhttp"], [("10.77.0.11", 8080)])


def test_destroy_leaves_machine_and_cluster_as_they_were(project: MeshProject, before: dict[str, Any]) -> None:
    project.expect("destroy", "--yes", "--skip-preview")
    assert not differences(before[NEAR], listing(NEAR))
    assert cluster_listing.listing() == before["cluster"]
