"""A mesh of 1.4.10 that grows: a machine on the cluster's network alone, then one elsewhere, which brings the gateways.

The tests of this file follow one stack through its life, so each builds on the one before it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from kubernetes import client

from sandbox import machines, traffic
from sandbox.kubernetes import cluster
from tests.e2e.classic import expansion_objects
from tests.e2e.classic.package.building import build
from tests.e2e.classic.stand_ins import endpoints
from tests.e2e.classic.stand_ins.citadel import Citadel
from tests.e2e.classic.stand_ins.pod_sidecar import pod_sidecar
from tests.e2e.classic.stand_ins.tls_server import ADDRESS, TlsServer
from tests.e2e.classic.workload_objects import FAR, NEAR, VMHTTP, have_endpoints_of_before, listed
from tests.e2e.stack import cluster_listing
from tests.e2e.stack.machine_listing import differences, listing
from tests.e2e.stack.mesh_project import MeshProject
from tests.e2e.stack.settling import settled
from tests.e2e.stack.steady_calls import steady

pytestmark = pytest.mark.usefixtures("sandbox")

IDENTITY = "spiffe://cluster.local/ns/vm/sa/vmhttp"
HTTPBIN = "http://httpbin.bar.svc.cluster.local:8000/"
GLOBAL = "http://httpbin.bar.global:8000/"
UP = ("up", "--yes", "--skip-preview")
LOST_BY_ONE_START = 0.25
"""Of the calls of such a run, those that one start of the machine's proxy may cost at most."""


@pytest.fixture(scope="module")
def before(bare_services: None, citadel: Citadel) -> dict[str, Any]:
    """What stood on the machines, and in the cluster once its services were there."""
    return {"cluster": cluster_listing.listing(), NEAR: listing(NEAR), FAR: listing(FAR)}


@pytest.fixture(scope="module")
def project(
    before: dict[str, Any], discovery: TlsServer, new_project: MeshProject, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[MeshProject]:
    """The stack that all tests of this file follow; destroyed in the end whatever happened."""
    package = build("1.4.10", tmp_path_factory.mktemp("package"))

    def one_machine(config: dict[str, Any]) -> None:
        config["mesh"]["values"] = {"istio": {"standIns": {"address": ADDRESS}}}
        config["sidecar"] = {"file": str(package)}
        config["exposed"] = [{"service": "httpbin", "namespace": "bar", "port": 8000}]
        config["workloads"] = [
            {
                "name": "vmhttp",
                "namespace": "vm",
                "createNamespace": True,
                "labels": {"version": "v1"},
                "ports": [{"name": "http", "port": 8080}],
                "commands": {"up": "systemctl enable --now echo-http", "down": "systemctl disable --now echo-http"},
                "machines": [machine(NEAR, "10.77.0.11")],
            }
        ]

    new_project.configure(one_machine)
    yield new_project
    new_project.unlock()
    new_project.pulumi("destroy", "--yes", "--skip-preview")


def machine(name: str, address: str) -> dict[str, Any]:
    """The configuration of one of the sandbox's machines."""
    return {
        "name": name,
        "address": address,
        "ssh": {"hostKeyFile": f".sandbox/machines/{name}/ssh_host_ed25519_key.pub"},
    }


def file_on(name: str, path: str) -> str:
    """The content of a machine's file, its words one space apart."""
    return " ".join(machines.execute(name, ["cat", path]).stdout.split())


def from_near(url: str) -> traffic.Answer:
    """A call of vm-1 by an ordinary user: those of root go past the proxy on this line."""
    return settled(lambda: traffic.from_machine(NEAR, url, user=machines.ADMINISTRATOR)[0])


def service_entries() -> dict[str, Any]:
    """All ServiceEntries by `namespace/name`."""
    found: Any = client.CustomObjectsApi(cluster.api()).list_cluster_custom_object(
        "networking.istio.io", "v1alpha3", "serviceentries"
    )
    return {f"{one['metadata']['namespace']}/{one['metadata']['name']}": one["spec"] for one in found["items"]}


def test_a_preview_on_an_empty_cluster_shows_the_machines_files(project: MeshProject) -> None:
    plan = project.expect("preview", "--diff", "--show-full-output").text
    for line in ("ISTIO_SERVICE_CIDR=10.96.0.0/16", "ISTIO_INBOUND_PORTS=8080", "ISTIO_NAMESPACE=vm", "istio.vmhttp"):
        assert line in plan
    assert "ISTIO_CP_AUTH" not in plan


def test_up_joins_a_machine_to_a_single_network_by_the_gateway(
    project: MeshProject, citadel: Citadel, discovery: TlsServer
) -> None:
    begun = time.monotonic()
    project.expect(*UP)
    print(f"pulumi up of the classic line with a machine, on an empty cluster: {time.monotonic() - begun:.1f} s")
    gateway = project.outputs()["controlPlane"]["gatewayAddress"]
    hosts = file_on(NEAR, "/etc/hosts")
    for name in ("istio-citadel", "istio-pilot", "istio-pilot.istio-system"):
        assert f"{gateway} {name}" in hosts
    assert citadel.signing is not None
    # The one way to Citadel and Pilot that these names leave is the gateway's Envoy.
    assert citadel.signing.callers == [IDENTITY]
    assert IDENTITY in discovery.callers


def test_machine_and_pods_call_each_other(project: MeshProject, vmhttp: str) -> None:
    answer = from_near(HTTPBIN)
    assert (answer.status, answer.server) == (200, "envoy"), answer
    answer = settled(lambda: traffic.from_pod("sleep", vmhttp)[0])
    assert (answer.status, answer.server, answer.host) == (200, "envoy", NEAR), answer


def root(name: str) -> str:
    """The number of the root that a machine trusts, and of who signed its certificate."""
    print_root = "openssl x509 -noout -fingerprint -in /etc/certs/root-cert.pem"
    verify = "openssl verify -CAfile /etc/certs/root-cert.pem /etc/certs/cert-chain.pem"
    return machines.execute(name, ["sh", "-c", f"{print_root} && {verify}"]).stdout


def of_secret(name: str, entry: str) -> str:
    """An entry of a Secret of the control plane's namespace (base64)."""
    secret = client.CoreV1Api(cluster.api()).read_namespaced_secret(name, "istio-system")
    return str(secret.data[entry])


def test_a_machine_elsewhere_brings_the_gateways_and_joins_by_them(
    project: MeshProject, citadel: Citadel, vmhttp: str
) -> None:
    elsewhere = {**machine(FAR, "10.79.0.12"), "network": "network2"}
    project.configure(lambda config: config["workloads"][0]["machines"].append(elsewhere))
    trusted = root(NEAR)
    by_pods = lambda: traffic.from_pod("sleep", vmhttp, 10, "50ms")  # noqa: E731 (a loop's body)
    by_machine = lambda: traffic.from_machine(NEAR, HTTPBIN, 10, "50ms", user=machines.ADMINISTRATOR)  # noqa: E731
    assert settled(lambda: by_pods()[-1]).succeeded
    begun = time.monotonic()
    with steady(by_pods) as to_near, steady(by_machine) as from_near_on:
        told = project.expect(*UP).text
    print(f"pulumi up that brings gateways and a machine elsewhere: {time.monotonic() - begun:.1f} s")
    assert "of the root that Citadel made itself (istio-ca-secret)" in told
    assert "root of trust" not in told
    assert root(NEAR) == root(FAR) == trusted
    assert of_secret("cacerts", "ca-key.pem") == of_secret("istio-ca-secret", "ca-key.pem")
    for name, calls in {"pods to the machine": to_near, "the machine to a pod": from_near_on}.items():
        print(f"growing to gateways: {name}: {calls.summary()}")
        # Its proxy starts anew once: cluster.env says that Pilot speaks mutual TLS from now on.
        assert len(calls.failed) <= len(calls.answers) * LOST_BY_ONE_START, calls.failed[:3]
    table = expansion_objects.expected("1.4.10")
    assert expansion_objects.found(table) == table
    for name in (NEAR, FAR):
        assert "ISTIO_CP_AUTH=MUTUAL_TLS" in file_on(name, "/var/lib/meshx/sidecar/cluster.env"), name
    assert citadel.signing is not None
    # It signs by the Secret since it started anew.
    assert IDENTITY in citadel.signing.callers
    addresses = [one["address"] for one in service_entries()["vm/vmhttp"]["endpoints"]]
    assert addresses == ["10.77.0.11", "10.79.0.12"]


def test_names_below_global_lead_to_the_gateway(project: MeshProject) -> None:
    gateway = project.outputs()["controlPlane"]["gatewayAddress"]
    (entry,) = [one for one in service_entries().values() if one["hosts"] == ["httpbin.bar.global"]]
    (address,) = entry["addresses"]
    assert address.startswith("127.255.")
    assert [(one["address"], one["ports"]) for one in entry["endpoints"]] == [(gateway, {"http-8000": 15443})]
    assert f"{address} httpbin.bar.global" in file_on(FAR, "/etc/hosts")
    istiocoredns = client.CoreV1Api(cluster.api()).read_namespaced_service("istiocoredns", "istio-system")
    corefile = client.CoreV1Api(cluster.api()).read_namespaced_config_map("coredns", "kube-system").data["Corefile"]
    assert f"forward . {istiocoredns.spec.cluster_ip}" in corefile[corefile.index("global:53") :]


def test_a_machine_elsewhere_calls_a_pod_by_its_global_name_through_the_gateway(
    project: MeshProject, citadel: Citadel
) -> None:
    with pod_sidecar(citadel.authority, "bar", "httpbin", 8000):
        # The stand-in for Pilot is asked for names when a proxy starts, and not later on.
        machines.execute(FAR, ["systemctl", "restart", "istio"])
        answer = settled(lambda: traffic.from_machine(FAR, GLOBAL, user=machines.ADMINISTRATOR)[0])
        assert (answer.status, answer.server) == (200, "envoy"), answer
        assert answer.host.startswith("httpbin-")
        assert answer.caller == IDENTITY


def test_calls_go_on_after_the_change(project: MeshProject, vmhttp: str) -> None:
    answer = from_near(HTTPBIN)
    assert (answer.status, answer.server) == (200, "envoy"), answer
    answer = settled(lambda: traffic.from_pod("sleep", vmhttp)[0])
    assert (answer.status, answer.server) == (200, "envoy"), answer
    assert answer.host in (NEAR, FAR)


def test_a_second_up_changes_nothing(project: MeshProject) -> None:
    again = project.expect(*UP, "--expect-no-changes")
    assert set(again.changes()) <= {"unchanged"}, again.text


def test_endpoints_of_a_stack_made_before_are_taken_away_and_no_call_is_lost(project: MeshProject, vmhttp: str) -> None:
    assert settled(lambda: traffic.from_pod("sleep", vmhttp)[0]).succeeded
    have_endpoints_of_before(project)
    twice = [("10.77.0.11", 8080), ("10.79.0.12", 8080)] * 2
    assert sorted(endpoints.Endpoints().of(VMHTTP)) == sorted(twice), "a machine that stands in both is there twice"
    with steady(lambda: traffic.from_pod("sleep", vmhttp, 10, "50ms")) as calls:
        taken_over = project.expect(*UP)
    assert taken_over.changes().get("deleted") == 1, taken_over.text
    assert (listed("endpoints"), len(endpoints.Endpoints().of(VMHTTP))) == ([], 2)
    print(f"a stack made before is taken over: {calls.summary()}")
    assert not calls.failed, calls.failed[0]


def test_without_the_machine_elsewhere_citadel_goes_on_with_the_same_root(project: MeshProject) -> None:
    trusted = root(NEAR)
    project.configure(lambda config: config["workloads"][0].update(machines=[machine(NEAR, "10.77.0.11")]))
    project.expect(*UP)
    assert root(NEAR) == trusted
    assert of_secret("cacerts", "ca-key.pem") == of_secret("istio-ca-secret", "ca-key.pem")
    project.expect(*UP, "--refresh", "--expect-no-changes")


def test_destroy_leaves_machines_and_cluster_as_they_were(project: MeshProject, before: dict[str, Any]) -> None:
    project.expect("destroy", "--yes", "--skip-preview")
    for name in (NEAR, FAR):
        assert differences(before[name], listing(name)) == [], name
    assert cluster_listing.listing() == before["cluster"]
