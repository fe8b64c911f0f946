"""Which of the gateway's hosts the doctor expects of a machine: the one that the program told it."""

from dataclasses import replace

import pytest

from meshx.config.sections.gateway import GatewayConfiguration
from meshx.control_plane.gateway_address import BEFORE_A_CA, Told
from meshx.doctor.wanted import known_gateway, questions
from meshx.istio.certificate_authority import CertificateAuthority
from meshx.join.gateway_endpoint import GatewayEndpoint
from tests.unit.doctor.gateway_answer import answer
from tests.unit.doctor.healthy_machine import MACHINE
from tests.unit.join.join_examples import CONTROL_PLANE

BOTH = answer({"ip": "10.77.0.200", "hostname": ""}, {"ip": "fd77::200", "hostname": ""})
NAMED = answer({"ip": "", "hostname": "lb.example.com"})
OF_IPV6 = replace(MACHINE, address="fd77::12")


def told(**written):
    """What the stack says of the gateway, whose machines have both families."""
    return Told("gw", GatewayConfiguration.model_validate(written), [MACHINE.address, OF_IPV6.address])


@pytest.mark.parametrize(
    ("machine", "host"),
    [(MACHINE, "10.77.0.200"), (OF_IPV6, "fd77::200"), (replace(OF_IPV6, second_address="10.77.0.12"), "10.77.0.200")],
)
def test_each_machine_is_to_have_the_address_of_its_family_and_all_a_host_name(machine, host):
    assert known_gateway(told(), BOTH, machine) == GatewayEndpoint(host)
    assert known_gateway(told(), NAMED, machine) == GatewayEndpoint("lb.example.com")
    assert known_gateway(told(address="203.0.113.15"), BOTH, machine) == GatewayEndpoint("203.0.113.15")


def test_where_a_ca_needs_an_address_a_name_is_none():
    assert known_gateway(replace(told(), no_names=BEFORE_A_CA), NAMED, MACHINE) is None


def test_a_ca_of_its_own_is_asked_after_beside_a_gateway_with_a_name():
    facts = replace(CONTROL_PLANE, authority=CertificateAuthority("csr.ca.svc", 443, reached_at="203.0.113.20"))
    asked = questions(MACHINE, facts, GatewayEndpoint("lb.example.com", 443))
    assert (asked.gateways, asked.gateway_name) == ([("lb.example.com", 443)], "lb.example.com")
    assert asked.authorities == [("203.0.113.20", 443)]
