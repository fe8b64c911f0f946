"""Whom the stack's own firewall rules keep from its instances."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from meshx.config.owner import stated_owner
from meshx.google_cloud.cloud_names import workload_tag
from meshx.reachability.connections import Connection
from meshx.reachability.picture import picture
from meshx.reachability.rows import route_words, rows
from tests.unit.reachability.stacks import (
    classic,
    classic_connections,
    connections,
    group,
    instance,
    instances,
    machine,
    workload,
)

OWNER = stated_owner("meshx.dev")
ORDERS = "orders.shop.svc.cluster.local:80"
PODS = "pods with a sidecar"
SHOP: dict[str, Any] = {"gce": {"vpc": "shop", "subnetwork": "shop"}}
BOTH_NETWORKS = ["network1", "network2"]


def callers_of(found: dict[str, Connection], called: str, *, admitted: bool) -> set[str]:
    """Who is let in to what is called, or who is not; of proxies only."""
    ends = {key.removesuffix(f" -> {called}"): one for key, one in found.items() if key.endswith(f" -> {called}")}
    return {who for who, one in ends.items() if one.caller.has_proxy and (one.obstacle is None) is admitted}


def test_pods_and_instances_of_the_same_place_are_let_in(project: Path) -> None:
    found = connections(instances(group(), workload(instance(1))), project)
    assert callers_of(found, ORDERS, admitted=True) == {PODS, "machines on network1"}


def test_a_machine_over_ssh_beside_instances_is_not_let_in_to_them_and_they_are_to_it(project: Path) -> None:
    """What is before a machine that is there already is its owner's."""
    found = connections(instances(group(), workload(machine(1))), project)
    beside, inside = (
        "machines on network1 in no VPC network of the stack",
        "machines on network1 in VPC network default",
    )
    assert callers_of(found, ORDERS, admitted=True) == {PODS, inside}
    assert callers_of(found, ORDERS, admitted=False) == {beside}
    assert callers_of(found, "vmhttp.vm.svc.cluster.local:80", admitted=True) == {PODS, beside, inside}


def test_instances_in_another_vpc_network_of_the_same_network_are_not_let_in(project: Path) -> None:
    found = connections(instances(group(), workload(instance(1, **SHOP), name="ledger")), project)
    assert callers_of(found, ORDERS, admitted=False) == {"machines on network1 in VPC network shop"}
    one = found[f"machines on network1 in VPC network shop -> {ORDERS}"]
    assert one.obstacle
    assert "in VPC network default, in to the instances of shop/orders, and nobody else" in one.obstacle.wrong
    assert f"for TCP 8080 to the tag {workload_tag(OWNER, 'shop', 'orders')}" in one.obstacle.remedy


def test_instances_of_another_network_come_in_by_the_gateway_alone(project: Path) -> None:
    """The gateway is a pod, so rules let it in; straight across no rule does."""
    far = workload(instance(1, network="network2"), name="ledger")
    found = connections(instances(group(), far, networks=BOTH_NETWORKS), project)
    by_gateway = found[f"machines on network2 -> {ORDERS}"]
    assert (by_gateway.obstacle, route_words(by_gateway.legs)) == (None, "gateway")
    assert callers_of(found, "ledger.vm.svc.cluster.local:80", admitted=False) == {"machines on network1"}
    assert callers_of(found, "ledger.vm.svc.cluster.local:80", admitted=True) == {PODS, "machines on network2"}


def test_a_seclusion_is_told_before_a_firewall(project: Path) -> None:
    far = workload(instance(1, network="network2"), name="ledger")
    values = instances(group(), far, networks=BOTH_NETWORKS)
    one = connections(values, project, secluded=frozenset({"network2"}))[
        "machines on network1 -> ledger.vm.svc.cluster.local:80"
    ]
    assert one.obstacle
    assert "which meshx:networks says nobody reaches" in one.obstacle.wrong


@pytest.mark.parametrize("caller", [PODS, "machines on network1 in VPC network default"])
def test_single_machines_of_a_workload_are_told_apart_by_their_vpc_networks(project: Path, caller: str) -> None:
    machines = [instance(number, **(SHOP if number > 2 else {})) for number in (1, 2, 3, 4)]
    found = connections(instances(workload(*machines)), project)
    called = f"{caller} -> <machine>.vmhttp.vm.svc.cluster.local:80 on network1 in VPC network"
    assert rows(found.values())[f"{called} default"]["ends"] == "vm-1, vm-2"
    assert bool(found[f"{called} shop"].obstacle) is (caller != PODS)


def test_the_picture_shows_who_is_not_let_in_by_dotted_arrows(project: Path) -> None:
    found = connections(instances(group(), workload(machine(1))), project)
    drawn = picture(list(found.values()), "network1").splitlines()
    names = {line.strip().partition("[")[0]: line.partition('"')[2].rstrip('"]') for line in drawn if '["' in line}
    dotted = [line.split() for line in drawn if "-.-x" in line]
    assert [(names[start], names[end]) for start, _, end in dotted] == [
        ("machines on network1 in no VPC network of the stack", "the group of shop/orders")
    ]


def test_the_classic_line_goes_by_the_same_rules(project: Path) -> None:
    ways = [{"name": "network1", "apiServer": "endpoint"}]
    values = {**instances(workload(instance(1))), "mesh": classic()["mesh"], "networks": ways}
    found = classic_connections(values, project)
    let_in = (
        "pods with a sidecar -> vmhttp.vm.svc.cluster.local:80",
        "pods without a sidecar -> <address of vm-1>:8080",
    )
    assert [found[key].obstacle for key in let_in] == [None, None]
