"""Firewalls that open the mesh's ports to everybody are found."""

from typing import Any

import pytest

from policy.rules.firewalls import MESH_PORTS, RULE
from policy.rules.rule import UNKNOWN, Resource
from tests.unit.policy.judging import resource, said

EVERYBODY = ["10.0.0.0/8", "0.0.0.0/0"]


def _firewall(ports: list[str] | None, protocol: str = "tcp", **properties: Any) -> Resource:
    allow: dict[str, Any] = {"protocol": protocol} if ports is None else {"protocol": protocol, "ports": ports}
    return resource("gcp:compute/firewall:Firewall", allows=[allow], **properties)


@pytest.mark.parametrize("port", MESH_PORTS)
def test_each_port_of_the_mesh_is_found_when_everybody_may_reach_it(port: int) -> None:
    assert f"0.0.0.0/0 may reach the mesh's ports {port}." in said(RULE, _firewall([str(port)], sourceRanges=EVERYBODY))


def test_ranges_of_ports_all_protocols_and_missing_sources_count() -> None:
    assert "15012, 15017" in said(RULE, _firewall(["22", "15012-15017"], sourceRanges=["::/0"]))
    assert "15443" in said(RULE, _firewall(None, "all", sourceRanges=EVERYBODY))
    assert "everybody may reach" in said(RULE, _firewall(["15012"]))


@pytest.mark.parametrize(
    "narrow",
    [
        _firewall(["15012"], sourceRanges=["10.132.0.0/20"]),
        _firewall(["443"], sourceRanges=EVERYBODY),
        _firewall(None, "icmp", sourceRanges=EVERYBODY),
        _firewall(["15012"], sourceTags=["mesh"]),
        _firewall(["15012"], sourceRanges=UNKNOWN),
        _firewall(["15012"], sourceRanges=EVERYBODY, direction="EGRESS"),
    ],
)
def test_named_sources_other_ports_and_outgoing_calls_pass(narrow: Resource) -> None:
    assert not said(RULE, narrow)
