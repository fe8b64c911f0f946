"""Firewalls as packet rules."""

from typing import Any

from sandbox.gce.firewall_rules import FIRST_LINES, rules

NETWORK = "https://www.googleapis.com/compute/v1/projects/p/global/networks/default"


def instance(address: str, *tags: str, email: str = "") -> dict[str, Any]:
    account = {"serviceAccount": {"email": email, "scopes": []}} if email else {}
    return {"networkInterfaces": [{"networkIp": address, "network": NETWORK}], "tags": list(tags), **account}


def firewall(**more: Any) -> dict[str, Any]:
    allows = [{"protocol": "tcp", "ports": ["80", "90-91"]}]
    return {"network": NETWORK, "direction": "INGRESS", "allows": allows, "sourceRanges": ["10.0.0.0/8"], **more}


def of(instances: list[dict[str, Any]], firewalls: list[dict[str, Any]]) -> list[str]:
    return rules(instances, firewalls)[len(FIRST_LINES) :]


def test_nothing_enters_an_instance_without_a_rule() -> None:
    assert of([instance("10.0.0.5")], []) == ["-d 10.0.0.5 -j DROP"]


def test_a_rule_allows_its_ports_from_its_ranges_and_nothing_else() -> None:
    assert of([instance("10.0.0.5")], [firewall()]) == [
        "-s 10.0.0.0/8 -d 10.0.0.5 -p tcp --dport 80 -j RETURN",
        "-s 10.0.0.0/8 -d 10.0.0.5 -p tcp --dport 90:91 -j RETURN",
        "-d 10.0.0.5 -j DROP",
    ]


def test_a_rule_holds_for_its_targets_in_its_network() -> None:
    both = [instance("10.0.0.5", "web", email="a@x"), instance("10.0.0.6", "db", email="b@x")]

    def reached(**more: Any) -> set[str]:
        return {line.split()[3] for line in of(both, [firewall(**more)]) if line.endswith("RETURN")}

    assert reached() == {"10.0.0.5", "10.0.0.6"}
    assert reached(targetTags=["web", "other"]) == {"10.0.0.5"}
    assert reached(targetServiceAccounts=["b@x"]) == {"10.0.0.6"}
    assert reached(network="projects/p/global/networks/far") == set()
    assert reached(disabled=True) == set()


def test_sources_are_ranges_and_the_networks_instances_with_a_tag() -> None:
    both = [instance("10.0.0.5", "web"), instance("10.0.0.6", "db")]
    lines = of(both, [firewall(sourceTags=["db"], targetTags=["web"])])
    assert {line.split()[1] for line in lines if line.endswith("RETURN")} == {"10.0.0.0/8", "10.0.0.6"}


def test_a_rule_for_other_destinations_or_for_what_leaves_lets_nothing_in() -> None:
    for rule in (firewall(destinationRanges=["10.244.0.0/16"]), firewall(direction="EGRESS")):
        assert of([instance("10.0.0.5")], [rule]) == ["-d 10.0.0.5 -j DROP"]


def test_a_protocol_without_ports_and_all_protocols_are_allowed_whole() -> None:
    icmp = firewall(allows=[{"protocol": "icmp"}])
    assert of([instance("10.0.0.5")], [icmp])[0] == "-s 10.0.0.0/8 -d 10.0.0.5 -p icmp -j RETURN"
    whole = firewall(allows=[{"protocol": "all"}])
    assert of([instance("10.0.0.5")], [whole])[0] == "-s 10.0.0.0/8 -d 10.0.0.5  -j RETURN"
