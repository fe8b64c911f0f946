"""Which firewall rules the instances of a stack need, by where they stand and what they serve."""

from collections.abc import Sequence

from meshx.config.owner import stack_owner
from meshx.google_cloud.cloud_names import network_tag, workload_tag
from meshx.google_cloud.firewall_rules import HEALTH_CHECKERS, Member, Rule, firewall_rules
from meshx.networks.topology import Networks

OWNER = stack_owner("organization", "s3://states", "meshx", "dev")
NETWORKS = Networks(own="network1")
PODS = "10.244.0.0/16"
CONTROL = (15011, 8060)
NEAR = Member("vm", "vmhttp", "network1", "default", (8080,))
FAR = Member("vm", "vmhttp", "network2", "far", (8080,))


def rules(members: Sequence[Member]) -> dict[str, Rule]:
    made = list(firewall_rules(OWNER, NETWORKS, PODS, CONTROL, members))
    by_name = {rule.logical_name: rule for rule in made}
    assert len(by_name) == len({rule.name for rule in made}) == len(made), "two rules of one name"
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
    serving = [rule for rule in made.values() if workload_tag(OWNER, "vm", "vmhttp") in rule.target_tags]
    assert [(rule.vpc, rule.source_tags) for rule in serving] == [
        ("default", (network_tag(OWNER, "network1"), "meshx-dev-on-network1")),
        ("far", (network_tag(OWNER, "network2"), "meshx-dev-on-network2")),
    ]
    assert {rule.vpc for rule in made.values() if rule.destination_ranges} == {"default"}


def test_a_network_that_spans_two_vpcs_has_rules_of_its_own_in_each() -> None:
    made = rules([NEAR, Member("vm", "vmhttp", "network1", "projects/other-project/global/networks/shop", (8080,))])
    assert {"meshx-dev-network1-default-to-gateway", "meshx-dev-network1-shop-to-gateway"} <= set(made)


def test_health_checkers_reach_the_readiness_of_groups_alone() -> None:
    made = rules([NEAR, Member("vm", "web", "network1", "default", (80,), True)])
    (health,) = [rule for rule in made.values() if rule.source_ranges == HEALTH_CHECKERS]
    assert (health.ports, health.target_tags) == ((15021,), (workload_tag(OWNER, "vm", "web"), "meshx-dev-vm-web"))


def test_what_met_without_a_sum_has_rules_of_its_own() -> None:
    met = [
        (NEAR, Member("vm-a", "b", "network1", "default", (1,)), Member("vm", "a-b", "network1", "default", (2,))),
        (Member("vm", "x", "net_1", "default", (1,)), Member("vm", "x", "net-1", "default", (1,))),
        (Member("vm", "x", "n", "a/shop", (1,)), Member("vm", "x", "n", "b/shop", (1,))),
    ]
    for members in met:
        serving = [rule for rule in rules(members).values() if rule.ports and not rule.to_gateway]
        assert len({(rule.target_tags[0], rule.source_tags[0], rule.vpc) for rule in serving}) == len(members)
