"""The way that a call takes with Istio 1.1 to 1.4, and why it ends nowhere where it does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from meshx.exposure.found_services import FoundServices
from meshx.reachability.connections import Connection
from meshx.reachability.picture import picture
from meshx.reachability.rows import route_words, rows, tls_words
from tests.unit.reachability.stacks import HTTPBIN, classic, classic_connections, machine, seen, workload

NEAR, FAR = "machines on network1", "machines on network2"
PODS, BARE = "pods with a sidecar", "pods without a sidecar"
SERVICE = "vmhttp.vm.svc.cluster.local:80"
OWN_NAME = "httpbin.bar.svc.cluster.local:8000"
GLOBAL_NAME = "httpbin.bar.global:8000"
ALONE = workload(machine(1))
BOTH = workload(machine(1), machine(2, network="network2"))
AUTOMATIC: dict[str, Any] = {"values": {"istio": {"global": {"mtls": {"auto": True}}}}}
MUTUAL = {"values": {"istio": {"global": {"mtls": {"enabled": True}}}}}


def ends(one: Connection) -> list[str]:
    """Where it ends; nowhere is nothing."""
    return [] if one.obstacle else [leg.endpoint.label for leg in one.legs]


def remedy(one: Connection) -> str:
    """What to do where it ends nowhere."""
    assert one.obstacle
    return one.obstacle.remedy


def test_machines_ask_pilot_and_citadel_by_the_gateway(project: Path) -> None:
    found = classic_connections(classic(BOTH), project)
    for caller in (NEAR, FAR):
        for called, end in {"istio-pilot.istio-system:15011": "Pilot", "istio-citadel:8060": "Citadel"}.items():
            one = found[f"{caller} -> {called}"]
            assert (one.captured, ends(one), route_words(one.legs)) == (False, [end], "gateway")
            assert tls_words(one) == "TLS, by the mesh's root"


def test_pods_call_a_workload_by_its_service_with_a_sidecar_and_by_an_address_without(project: Path) -> None:
    found = classic_connections(classic(ALONE), project)
    with_sidecar, without = found[f"{PODS} -> {SERVICE}"], found[f"{BARE} -> {SERVICE}"]
    assert (ends(with_sidecar), ends(without)) == (["vm-1"], [])
    assert (with_sidecar.address, with_sidecar.listener) == ("its clusterIP", "0.0.0.0:80, by name")
    assert without.obstacle
    assert "Kubernetes knows no endpoints of workloads' Services" in without.obstacle.wrong
    by_address = found[f"{BARE} -> <address of vm-1>:8080"]
    assert (by_address.captured, by_address.listener, tls_words(by_address)) == (False, "", "none, in plain")


def test_a_tcp_port_of_a_workload_is_known_by_the_address_of_its_service(project: Path) -> None:
    database = workload(machine(1), name="db", ports=[{"name": "tcp-mysql", "port": 3306}])
    one = classic_connections(classic(database), project)[f"{PODS} -> db.vm.svc.cluster.local:3306"]
    assert (one.listener, ends(one)) == ("its clusterIP:3306", ["vm-1"])


def test_endpoints_are_chosen_by_no_network_so_pods_send_to_all_machines_directly(project: Path) -> None:
    one = classic_connections(classic(BOTH), project)[f"{PODS} -> {SERVICE}"]
    assert (ends(one), route_words(one.legs)) == (["vm-1", "vm-2"], "direct")


@pytest.mark.parametrize(
    ("mesh", "words"),
    [
        ({}, "none, in plain"),
        (MUTUAL, "mutual, spiffe://cluster.local/ns/vm/sa/vmhttp"),
        (AUTOMATIC, "mutual, spiffe://cluster.local/ns/vm/sa/vmhttp"),
        ({"install": {"controlPlane": False}}, "as the mesh's rules say"),
    ],
)
def test_mutual_tls_to_machines_is_what_the_charts_values_say(project: Path, mesh: dict[str, Any], words: str) -> None:
    found = classic_connections(classic(ALONE, mesh=mesh), project)
    assert tls_words(found[f"{PODS} -> {SERVICE}"]) == words


def test_where_the_mesh_takes_mutual_tls_alone_pods_without_a_sidecar_reach_no_machine(project: Path) -> None:
    found = classic_connections(classic(ALONE, mesh=MUTUAL), project)
    assert ends(found[f"{PODS} -> {SERVICE}"]) == ["vm-1"]
    by_address = "<address of vm-1>:8080"
    assert remedy(found[f"{BARE} -> {SERVICE}"]) == remedy(found[f"{BARE} -> {by_address}"]) == "a sidecar for the pod"
    assert ends(classic_connections(classic(ALONE), project)[f"{BARE} -> {by_address}"]) == ["vm-1"]


def test_machines_know_no_service_without_a_hosts_line_and_nobody_knows_single_machines(project: Path) -> None:
    found = classic_connections(classic(ALONE), project)
    unexposed = "<service>.<namespace>.svc.cluster.local of pods"
    for called in (SERVICE, unexposed):
        one = found[f"{NEAR} -> {called}"]
        assert (one.address, remedy(one)) == (
            "",
            "the service under `meshx:exposed`, with the machine among its `machines`",
        )
    for caller in (PODS, BARE, NEAR):
        assert "the workload's own name" in remedy(found[f"{caller} -> vm-1.{SERVICE}"])


def test_a_machine_of_the_clusters_network_calls_an_exposed_service_by_its_clusterip(project: Path) -> None:
    found = classic_connections(classic(ALONE, exposed=[HTTPBIN]), project)
    one = found[f"{NEAR} -> {OWN_NAME}"]
    assert (one.address, ends(one), route_words(one.legs)) == ("10.96.0.9", ["pods of bar/httpbin"], "direct")
    assert rows([one])[one.key]["capture"] == "by the proxy, but for root"
    far = classic_connections(classic(BOTH, exposed=[HTTPBIN]), project)[f"{FAR} -> {GLOBAL_NAME}"]
    assert rows([far])[far.key]["capture"] == "by the proxy", "what goes over `lo` is taken of root too"
    assert not [key for key in found if ".global" in key], "without a machine elsewhere there is no gateway for it"


def test_with_a_machine_elsewhere_the_global_name_leads_all_machines_to_the_gateway(project: Path) -> None:
    found = classic_connections(classic(BOTH, exposed=[HTTPBIN]), project)
    for caller in (NEAR, FAR):
        one = found[f"{caller} -> {GLOBAL_NAME}"]
        assert one.address.startswith("127.255.")
        assert (one.captured, ends(one), route_words(one.legs)) == (True, ["pods of bar/httpbin"], "gateway")
        assert tls_words(one) == "mutual, by any identity of the mesh"
    assert ends(found[f"{NEAR} -> {OWN_NAME}"]) == ["pods of bar/httpbin"]
    assert remedy(found[f"{FAR} -> {OWN_NAME}"]) == "the service under `meshx:exposed`, and its `.global` name"


def test_pods_without_a_sidecar_are_called_in_plain_and_not_through_the_gateway(project: Path) -> None:
    values = classic(BOTH, exposed=[{**HTTPBIN, "machines": ["vm-1"]}])
    found = classic_connections(values, project, found_services=seen(injects=False))
    assert tls_words(found[f"{NEAR} -> {OWN_NAME}"]) == "none, in plain"
    assert "istio-injection=enabled" in remedy(found[f"{NEAR} -> {GLOBAL_NAME}"])
    strict = classic_connections(
        {**values, "mesh": {**values["mesh"], **MUTUAL}}, project, found_services=seen(injects=False)
    )
    assert "istio-injection=enabled" in remedy(strict[f"{NEAR} -> {OWN_NAME}"])


def test_a_workload_that_is_exposed_is_called_by_machines_too(project: Path) -> None:
    (service,) = seen().services.values()
    found_services = FoundServices({("vm", "vmhttp"): replace(service, ports={80: "HTTP"}, pods=0)}, ())
    exposed = [{"service": "vmhttp", "namespace": "vm", "port": 80}]
    found = classic_connections(classic(BOTH, exposed=exposed), project, found_services=found_services)
    assert route_words(found[f"{NEAR} -> {SERVICE}"].legs) == "direct"
    assert ends(found[f"{FAR} -> vmhttp.vm.global:80"]) == ["vm-1", "vm-2"]


def test_a_far_machine_that_only_calls_is_called_by_nobody(project: Path) -> None:
    job = workload(machine(2, network="network2"), name="job", ports=[])
    secluded = [{"name": "network2", "reachable": False}]
    found = classic_connections(classic(ALONE, job, networks=secluded), project)
    assert {remedy(one) for key, one in found.items() if "job.vm" in key} == {"`ports`, if it serves"}


def test_the_picture_shows_pods_without_a_sidecar_that_reach_machines(project: Path) -> None:
    drawn = picture(list(classic_connections(classic(ALONE), project).values()), "network1")
    assert f'["{BARE}"]' in drawn
    assert '"15011, TLS"' in drawn
