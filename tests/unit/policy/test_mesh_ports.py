"""Firewalls that open any of the mesh's ports to everybody are found."""

import pytest

from meshx_policy.rules.mesh_ports import MESH_PORTS, RULE
from tests.unit.policy.judging import resource, said


@pytest.mark.parametrize("port", MESH_PORTS)
def test_each_port_of_the_mesh_is_found_when_everybody_may_reach_it(port: int) -> None:
    allows = [{"protocol": "tcp", "ports": [str(port)]}]
    opened = resource("gcp:compute/firewall:Firewall", allows=allows, sourceRanges=["10.0.0.0/8", "0.0.0.0/0"])
    assert f"0.0.0.0/0 may reach the mesh's ports {port}." in said(RULE, opened)
