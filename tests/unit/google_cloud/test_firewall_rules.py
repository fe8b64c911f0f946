"""Which firewall rules the instances of a stack need, by where they stand and what they serve."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from meshx.google_cloud.cloud_names import LONGEST, cloud_name
from meshx.google_cloud.firewall_rules import HEALTH_CHECKERS, Member, Rule, firewall_rules
from meshx.networks.topology import Networks

NETWORKS = Networks(own="network1")
PODS = "10.244.0.0/16"
CONTROL = (15011, 8060)
NEAR = Member("vm", "vmhttp", "network1", "default", (8080,))
FAR = Member("vm", "vmhttp", "network2", "far", (8080,))


def rules(members: Sequence[Member]) -> dict[str, Rule]:
    made = list(firewall_rules("meshx.dev", NETWORKS, PODS, CONTROL, members))
    by_name = {rule.name: rule for rule in made}
    assert len(by_name) == len(made), "two rules of one name"
    return by_name


def test_one_rule_serves_all_machines_of_a_workload() -> None:
    assert rules([NEAR, NEAR]) == rules([NEAR])


def test_what_leads_to_the_control_plane_is_open_and_from_elsewhere_to_services_as_well() -> None:
    assert rules([NEAR])["meshx-dev-network1-to-gateway"].ports == CONTROL
    assert rules([FAR])["meshx-dev-network2-to-gateway"].ports == (*CONTROL, 15443)


def test_a_workload_that_only_calls_lets_nobody_in() -> None:
    (gateway, pods) = rules([Member("vm", "batch", "network1", "default", ())]).values()
    assert gateway.to_gateway
    assert (pods.target_tags, pods.destination_ranges) == ((), (PODS,))


def test_a_workload_on_two_networks_has_rules_in_the_vpc_of_each() -> None:
    made = rules([NEAR, FAR])
    serving = [rule for rule in made.values() if rule.target_tags == ("meshx-dev-vm-vmhttp",)]
    assert [(rule.vpc, rule.source_tags) for rule in serving] == [
        ("default", ("meshx-dev-on-network1",)),
        ("far", ("meshx-dev-on-network2",)),
    ]
    assert {rule.vpc for rule in made.values() if rule.destination_ranges} == {"default"}


def test_a_network_that_spans_two_vpcs_has_rules_of_its_own_in_each() -> None:
    made = rules([NEAR, Member("vm", "vmhttp", "network1", "projects/other-project/global/networks/shop", (8080,))])
    assert {"meshx-dev-network1-default-to-gateway", "meshx-dev-network1-shop-to-gateway"} <= set(made)


def test_health_checkers_reach_the_readiness_of_groups_alone() -> None:
    made = rules([NEAR, Member("vm", "web", "network1", "default", (80,), True)])
    (health,) = [rule for rule in made.values() if rule.source_ranges == HEALTH_CHECKERS]
    assert (health.ports, health.target_tags) == ((15021,), ("meshx-dev-vm-web",))


@given(st.lists(st.text(st.characters(codec="ascii"), min_size=1, max_size=80), min_size=1, max_size=4))
def test_every_name_is_one_that_google_takes(parts: list[str]) -> None:
    name = cloud_name(*parts, "x")
    assert len(name) <= LONGEST
    assert name[0].isalpha() and name[-1] != "-"
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")


def test_long_names_that_differ_at_their_end_stay_apart() -> None:
    first, second = (cloud_name("shop", "a" * 70, end, longest=30) for end in ("one", "two"))
    assert first != second
    assert len(first) == len(second) == 30
