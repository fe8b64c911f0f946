"""The way that a call takes, step by step, and why it ends nowhere where it does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from meshx.exposure.found_services import FoundServices
from meshx.reachability.connections import Connection
from meshx.reachability.rows import route_words, rows, tls_words
from tests.unit.reachability.stacks import (
    HTTPBIN,
    connections,
    group,
    instance,
    instances,
    machine,
    seen,
    stack,
    workload,
)

NEAR, FAR = "machines on network1", "machines on network2"
PODS, BARE = "pods with a sidecar", "pods without a sidecar"
SERVICE = "vmhttp.vm.svc.cluster.local:80"
OWN_NAME = "httpbin.bar.svc.cluster.local:8000"
GLOBAL_NAME = "httpbin.bar.global:8000"
ORDERS = "orders.shop.svc.cluster.local:80"
ISTIOD = "istiod.istio-system.svc:15012"
BOTH = workload(machine(1), machine(2, network="network2"))


def ends(one: Connection) -> list[str]:
    """Where it ends; nowhere is nothing."""
    return [] if one.obstacle else [leg.endpoint.label for leg in one.legs]


def test_neighbours_send_to_each_other_directly_by_mutual_tls(project: Path) -> None:
    found = connections(stack(workload(machine(1), machine(3))), project)
    for caller in (PODS, NEAR):
        one = found[f"{caller} -> {SERVICE}"]
        assert (ends(one), route_words(one.legs), one.captured) == (["vm-1, vm-3"], "direct", True)
        assert tls_words(one) == "mutual, spiffe://cluster.local/ns/vm/sa/vmhttp"
        assert one.legs[0].endpoint.addresses == (("vm-1", "10.77.0.2:8080"), ("vm-3", "10.77.0.4:8080"))


def test_callers_elsewhere_go_by_the_gateway_to_all_but_their_own_network(project: Path) -> None:
    found = connections(stack(BOTH, exposed=[HTTPBIN]), project)
    assert route_words(found[f"{FAR} -> {SERVICE}"].legs) == "direct to vm-2; gateway to vm-1"
    assert route_words(found[f"{PODS} -> {SERVICE}"].legs) == "direct"
    assert route_words(found[f"{NEAR} -> {OWN_NAME}"].legs) == "direct"
    assert route_words(found[f"{FAR} -> {OWN_NAME}"].legs) == "gateway"
    assert all(ends(found[f"{caller} -> {ISTIOD}"]) == ["istiod"] for caller in (NEAR, FAR))


def test_a_global_name_leads_neighbours_to_the_service_itself_and_others_to_the_gateway(project: Path) -> None:
    found = connections(stack(BOTH, exposed=[HTTPBIN]), project)
    near, far = found[f"{NEAR} -> {GLOBAL_NAME}"], found[f"{FAR} -> {GLOBAL_NAME}"]
    assert (near.address, route_words(near.legs)) == ("10.96.0.9", "direct")
    assert far.address.startswith("127.255.")
    assert (far.captured, route_words(far.legs)) == (True, "gateway")
    assert far.identities == ("spiffe://cluster.local/ns/bar/sa/httpbin",)


def test_who_is_not_told_a_global_name_does_not_capture_its_loopback_address(project: Path) -> None:
    found = connections(stack(BOTH, exposed=[{**HTTPBIN, "machines": ["vm-2"]}]), project)
    one = found[f"{NEAR} -> {GLOBAL_NAME}"]
    assert (one.captured, ends(one)) == (False, [])
    assert one.obstacle
    assert "under `machines` of meshx:exposed" in one.obstacle.remedy
    assert ends(found[f"{FAR} -> {GLOBAL_NAME}"]) == ["pods of bar/httpbin"]


@pytest.mark.parametrize(("port", "words"), [("HTTP", "0.0.0.0:8000, by name"), ("TCP", "10.200.0.7:8000")])
def test_nothing_listens_at_the_gateway_while_no_machine_is_elsewhere(project: Path, port: str, words: str) -> None:
    exposed = [{**HTTPBIN, "machines": [], "address": "10.200.0.7"}]
    one = connections(stack(workload(machine(1)), exposed=exposed), project, found_services=seen(port=port))[
        f"{NEAR} -> {GLOBAL_NAME}"
    ]
    assert (one.captured, one.listener, ends(one)) == (True, words, [])
    assert one.obstacle
    assert "nothing listens on its port 15443" in one.obstacle.wrong
    with_another = connections(stack(BOTH, exposed=exposed), project, found_services=seen(port=port))
    assert ends(with_another[f"{NEAR} -> {GLOBAL_NAME}"]) == ["pods of bar/httpbin"]


def test_a_group_serves_under_its_workloads_name_and_its_instances_under_none(project: Path) -> None:
    found = connections(instances(group()), project)
    one = found[f"{PODS} -> {ORDERS}"]
    assert (ends(one), route_words(one.legs)) == (["the group of shop/orders"], "direct")
    assert tls_words(one) == "mutual, spiffe://cluster.local/ns/shop/sa/orders"
    assert [key for key in found if "orders" in key] == [
        *(f"{who} -> {ORDERS}" for who in (PODS, BARE, NEAR)),
        f"{BARE} -> <address of an instance of shop/orders>:8080",
    ]


def test_a_group_calls_as_other_machines_of_its_network_do(project: Path) -> None:
    alone = connections(instances(group(network="network2"), networks=["network2"]), project)
    assert route_words(alone[f"{FAR} -> <service>.<namespace>.svc.cluster.local of {PODS}"].legs) == "gateway"
    assert ends(alone[f"{FAR} -> {ISTIOD}"]) == ["istiod"]
    ledger = workload(instance(1), name="ledger")
    beside = connections(instances(group(), ledger), project)
    assert rows(beside.values())[f"{NEAR} -> {ORDERS}"]["callers"] == "vm-1 of vm/ledger, the group of shop/orders"


def test_a_group_is_told_no_exposed_name_and_calls_a_service_by_its_own(project: Path) -> None:
    ledger = workload(instance(1), name="ledger")
    found = connections(instances(group(), ledger, exposed=[HTTPBIN]), project)
    untold = "machines on network1 that know no exposed name"
    one = found[f"{untold} -> {GLOBAL_NAME}"]
    assert (one.captured, ends(one)) == (False, [])
    assert one.obstacle
    assert one.obstacle.remedy == "the service's own name"
    assert ends(found[f"{untold} -> {OWN_NAME}"]) == ["pods of bar/httpbin"]


def test_a_workload_that_is_exposed_stands_once_under_its_own_name(project: Path) -> None:
    exposed = [{"service": "vmhttp", "namespace": "vm", "port": 80, "serviceAccount": "vmhttp"}]
    (service,) = seen().services.values()
    found_services = FoundServices({("vm", "vmhttp"): replace(service, ports={80: "HTTP"}, pods=0)}, ())
    found = connections(stack(BOTH, exposed=exposed), project, found_services=found_services)
    called = "vmhttp.vm.global:80"
    assert f"{PODS} -> {SERVICE}" in found
    assert ends(found[f"{NEAR} -> {called}"]) == ends(found[f"{NEAR} -> {SERVICE}"]) == ["vm-1", "vm-2"]
    assert route_words(found[f"{FAR} -> {called}"].legs) == "gateway"


def test_a_workload_of_no_machine_and_no_group_answers_nobody(project: Path) -> None:
    one = connections(stack(workload(machine(1)), workload(name="orders", namespace="shop")), project)[
        f"{PODS} -> orders.shop.svc.cluster.local:80"
    ]
    assert one.obstacle
    assert one.obstacle.wrong == "orders.shop.svc.cluster.local has no machine"


def test_a_virtual_address_is_captured_by_all_and_by_tcp_goes_through_the_gateway(project: Path) -> None:
    exposed = [{**HTTPBIN, "machines": ["vm-2"], "address": "10.200.0.7"}]
    found = connections(stack(BOTH, exposed=exposed), project, found_services=seen(port="TCP"))
    one = found[f"{NEAR} -> {GLOBAL_NAME}"]
    assert (one.address, one.listener, route_words(one.legs)) == ("10.200.0.7", "10.200.0.7:8000", "gateway")


@pytest.mark.parametrize(("caller", "way"), [(NEAR, "direct"), (FAR, "none")])
def test_pods_without_a_sidecar_are_called_in_plain_by_neighbours_and_by_nobody_else(
    project: Path, caller: str, way: str
) -> None:
    one = connections(stack(BOTH), project)[f"{caller} -> <service>.<namespace>.svc.cluster.local of {BARE}"]
    assert route_words(one.legs) == way
    assert bool(one.obstacle) is (way == "none")
    assert not one.obstacle or "istio-injection=enabled" in one.obstacle.remedy


def test_pods_without_a_sidecar_know_no_machine(project: Path) -> None:
    found = connections(stack(BOTH), project)
    service, single = found[f"{BARE} -> {SERVICE}"], found[f"{BARE} -> vm-1.{SERVICE}"]
    assert (service.address, service.captured, single.address) == ("its clusterIP", False, "")
    assert service.obstacle
    assert "no endpoints" in service.obstacle.wrong
    assert single.obstacle
    assert single.obstacle.remedy == "a sidecar for the pod"


def test_pods_without_a_sidecar_reach_machines_by_their_addresses_in_plain(project: Path) -> None:
    machines = workload(machine(1), machine(2, network="network2"), machine(3, network="network2"))
    found = connections(stack(machines), project, secluded=frozenset({"network2"}))
    one = found[f"{BARE} -> <address of vm-1>:8080"]
    assert (one.address, one.captured, ends(one), tls_words(one)) == ("itself", False, ["vm-1"], "none, in plain")
    far = found[f"{BARE} -> <address of a machine of vm/vmhttp>:8080 on network2"]
    assert far.obstacle
    assert "which meshx:networks says nobody reaches" in far.obstacle.wrong


def test_where_mutual_tls_is_the_rule_calls_in_plain_are_refused_and_all_others_pass(project: Path) -> None:
    strict = connections(stack(BOTH, mesh={"mutualTls": "strict"}), project)
    before = connections(stack(BOTH), project)
    other = {key for key, one in strict.items() if one.obstacle != before[key].obstacle}
    assert other == {f"{BARE} -> <address of vm-{number}>:8080" for number in (1, 2)}
    for key in other:
        obstacle = strict[key].obstacle
        assert obstacle
        assert "take mutual TLS alone (meshx:mesh.mutualTls: strict)" in obstacle.wrong
        assert obstacle.remedy == "a sidecar for the pod"


def test_nobody_calls_a_workload_that_only_calls(project: Path) -> None:
    found = connections(stack(workload(machine(1)), workload(machine(2), name="job", ports=[])), project)
    of_job = {key: one for key, one in found.items() if "job.vm" in key}
    assert len(of_job) == 3
    assert all(one.obstacle and one.obstacle.remedy == "`ports`, if it serves" for one in of_job.values())


@pytest.mark.parametrize(
    ("mesh", "known_to"),
    [
        ({}, {PODS, NEAR}),
        ({"istioVersion": "1.24"}, set()),
        ({"values": {"istiod": {"env": {"PILOT_ENABLE_IP_AUTOALLOCATE": "false"}}}}, set()),
        (
            {
                "istioVersion": "1.24",
                "values": {
                    "istiod": {
                        "meshConfig": {"defaultConfig": {"proxyMetadata": {"ISTIO_META_DNS_AUTO_ALLOCATE": "true"}}}
                    }
                },
            },
            {PODS, NEAR},
        ),
        (
            {
                "values": {
                    "istiod": {"meshConfig": {"defaultConfig": {"proxyMetadata": {"ISTIO_META_DNS_CAPTURE": "false"}}}}
                }
            },
            {NEAR},
        ),
    ],
)
def test_single_machines_are_known_where_istiod_gives_addresses_and_proxies_are_asked(
    project: Path, mesh: dict[str, Any], known_to: set[str]
) -> None:
    found = connections(stack(workload(machine(1)), mesh=mesh), project)
    assert {caller for caller in (PODS, NEAR) if ends(found[f"{caller} -> vm-1.{SERVICE}"])} == known_to
    assert all(ends(found[f"{caller} -> {SERVICE}"]) for caller in (PODS, NEAR)), "its Service is known to all of them"


def test_a_network_that_nobody_reaches_is_in_the_way_of_all_others_and_not_of_its_own(project: Path) -> None:
    found = connections(stack(BOTH), project, secluded=frozenset({"network2"}))
    for caller in (PODS, NEAR):
        one = found[f"{caller} -> vm-2.{SERVICE}"]
        assert one.obstacle
        assert "which meshx:networks says nobody reaches" in one.obstacle.wrong
    assert ends(found[f"{FAR} -> vm-2.{SERVICE}"]) == ["vm-2"]


def test_without_a_gateway_nothing_of_the_clusters_network_is_reached_from_others(project: Path) -> None:
    found = connections(stack(BOTH), project, gateways=frozenset())
    for called in (f"vm-1.{SERVICE}", "<service>.<namespace>.svc.cluster.local of pods with a sidecar"):
        one = found[f"{FAR} -> {called}"]
        assert one.obstacle
        assert "knows no gateway of network1" in one.obstacle.wrong
        assert ends(found[f"{NEAR} -> {called}"])


def test_each_port_is_called_by_its_own_number_and_ends_where_the_machine_listens(project: Path) -> None:
    ports = [{"name": "http", "port": 80, "targetPort": 8080}, {"name": "tcp-raw", "port": 9090}]
    found = connections(stack(workload(machine(1), ports=ports)), project)
    web, raw = found[f"{PODS} -> {SERVICE}"], found[f"{PODS} -> vmhttp.vm.svc.cluster.local:9090"]
    assert (web.listener, web.legs[0].endpoint.addresses) == ("0.0.0.0:80, by name", (("vm-1", "10.77.0.2:8080"),))
    assert (raw.listener, raw.legs[0].endpoint.addresses) == ("its clusterIP:9090", (("vm-1", "10.77.0.2:9090"),))
