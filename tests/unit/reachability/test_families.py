"""Calls between sides that have IPv4, IPv6 or both."""

from pathlib import Path

import pytest

from meshx.config.errors.problems import ConfigurationError
from meshx.config.loading import load
from meshx.reachability.connections import Connection
from meshx.reachability.places import families_words
from meshx.reachability.rows import rows
from tests.unit.reachability.stacks import HTTPBIN, classic, connections, fill, machine, stack, workload

SERVICE = "vmhttp.vm.svc.cluster.local:80"
ONE = "10.244.0.0/16"
BOTH = f"{ONE},fd44::/56"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return fill(tmp_path)


def called(folder: Path, *machines: dict[str, object], pods: str = ONE, **mesh: object) -> dict[str, Connection]:
    values = stack(
        workload(*machines), mesh={"dualStack": True, **mesh}, cluster={"context": "somewhere", "podsCidr": pods}
    )
    return connections(values, folder)


def test_pods_of_ipv4_reach_no_machine_of_ipv6(folder: Path) -> None:
    found = called(folder, machine(1, address="fd77::11"))[f"pods with a sidecar -> {SERVICE}"]
    assert found.obstacle is not None
    assert found.obstacle.wrong == "pods with a sidecar have IPv4 alone, and callers of vm-1 are sent to IPv6 alone"
    assert [leg.endpoint.addresses for leg in found.legs] == [(("vm-1", "[fd77::11]:8080"),)]


def test_pods_of_both_families_reach_machines_of_either(folder: Path) -> None:
    found = called(folder, machine(1, address="fd77::11"), machine(2), pods=BOTH)
    assert found[f"pods with a sidecar -> {SERVICE}"].obstacle is None


def test_where_nothing_says_the_families_of_pods_the_table_assumes_that_they_do(folder: Path) -> None:
    found = connections(stack(workload(machine(1, address="fd77::11"))), folder)
    assert found[f"pods with a sidecar -> {SERVICE}"].obstacle is None


def test_machines_of_two_families_are_two_callers_and_two_destinations(folder: Path) -> None:
    found = called(folder, machine(1, address="fd77::11"), machine(2), machine(3, secondAddress="fd77::13"), pods=BOTH)
    names = {family: f"machines on network1 with {family}" for family in ("IPv4 alone", "IPv6 alone", "IPv4 and IPv6")}
    direct = "{}.vmhttp.vm.svc.cluster.local:80"
    ends = {
        (family, target): found[f"{caller} -> {direct.format(target)}"].obstacle is None
        for family, caller in names.items()
        for target in ("vm-1", "vm-2", "vm-3")
    }
    assert ends == {
        ("IPv4 alone", "vm-1"): False,
        ("IPv4 alone", "vm-2"): True,
        ("IPv4 alone", "vm-3"): True,
        ("IPv6 alone", "vm-1"): True,
        ("IPv6 alone", "vm-2"): False,
        # Callers are sent to the first address alone.
        ("IPv6 alone", "vm-3"): False,
        ("IPv4 and IPv6", "vm-1"): True,
        ("IPv4 and IPv6", "vm-2"): True,
        ("IPv4 and IPv6", "vm-3"): True,
    }


def test_without_services_of_its_family_a_machine_knows_no_service_also_by_the_gateway(folder: Path) -> None:
    far = machine(1, address="fd77::11", network="network2")
    service = "machines on network2 -> <service>.<namespace>.svc.cluster.local of pods with a sidecar"
    one, both = called(folder, far, machine(2))[service], called(folder, far, machine(2), pods=BOTH)[service]
    assert one.obstacle is not None
    assert one.obstacle.wrong == (
        "machines on network2 have IPv6 alone, and callers of <service>.<namespace>.svc.cluster.local are sent to IPv4 "
        "alone"
    )
    assert both.obstacle is None


def test_global_names_are_of_ipv4_and_lead_machines_of_ipv6_nowhere(folder: Path) -> None:
    far = {"network": "network2"}
    machines = (machine(1, address="fd77::11", **far), machine(2, **far), machine(3, secondAddress="fd77::13", **far))
    mesh = {"dualStack": True}
    cluster = {"context": "somewhere", "podsCidr": BOTH}
    found = connections(stack(workload(*machines), mesh=mesh, cluster=cluster, exposed=[HTTPBIN]), folder)
    ends = {key: one.obstacle is None for key, one in found.items() if "httpbin.bar.global" in key}
    assert ends == {
        f"machines on network2 with {words} -> httpbin.bar.global:8000": words != "IPv6 alone"
        for words in ("IPv4 alone", "IPv6 alone", "IPv4 and IPv6")
    }


def test_rows_of_a_stack_of_one_family_say_nothing_of_families(folder: Path) -> None:
    said = str(rows(connections(stack(workload(machine(1), machine(2))), folder).values()))
    assert "IPv" not in said


def test_families_have_words() -> None:
    assert [families_words(one) for one in ((4,), (6,), (4, 6), ())] == [
        "IPv4 alone",
        "IPv6 alone",
        "IPv4 and IPv6",
        "addresses of any family",
    ]


@pytest.mark.parametrize(
    ("keys", "path"),
    [
        ({"mesh": {"dualStack": True}}, r"meshx:mesh\.dualStack"),
        ({"machine": {"secondAddress": "fd77::11"}}, r"meshx:workloads\[0\]\.machines\[0\]\.secondAddress"),
    ],
)
def test_the_classic_line_takes_one_family(folder: Path, keys: dict[str, dict[str, object]], path: str) -> None:
    values = classic(workload(machine(1, **keys.get("machine", {}))), mesh=keys.get("mesh"))
    with pytest.raises(ConfigurationError, match=rf"{path}\n.*one family of addresses alone\n.*Istio 1\.20 or later"):
        load(values, folder)
