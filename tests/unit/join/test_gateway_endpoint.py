"""What a machine's files say of the gateway: at an address, at a host name, behind other ports."""

from dataclasses import replace

import pytest
import yaml

from meshx.istio.certificate_authority import CertificateAuthority
from meshx.istio.machine_paths import CLUSTER_ENV, MESH_CONFIG
from meshx.join.bundle import bundle_inputs, join_bundle
from meshx.join.gateway_endpoint import AT_AN_ADDRESS, GatewayEndpoint
from meshx.join.machine_files import machine_files
from meshx.machine.taking_part import discovery_of
from tests.unit.join.join_examples import CONTROL_PLANE, MACHINE, PACKAGE, WORKLOAD

NAME = "lb.example.com"
ISTIOD = "istiod.istio-system.svc"


def bundle(gateway, facts=CONTROL_PLANE):
    """A machine's bundle for a gateway, as its resource has it."""
    return bundle_inputs(join_bundle(facts, WORKLOAD, MACHINE, PACKAGE, gateway), "pem", gateway.hosts_address)


def settings(made):
    """cluster.env as its lines."""
    return made["files"][CLUSTER_ENV]["content"].splitlines()


def test_which_address_it_is_changes_no_file():
    one, other = bundle(GatewayEndpoint("10.77.0.200")), bundle(GatewayEndpoint("fd00::7"))
    assert one["files"] == other["files"] == bundle(AT_AN_ADDRESS)["files"]
    assert machine_files(one)["hosts"] == f"10.77.0.200 {ISTIOD}\n"
    assert not [line for line in settings(one) if line.startswith(("CA_ADDR", "ISTIOD_SAN", "ISTIO_BIN_BASE"))]


@pytest.mark.parametrize("revision", ["", "1-31"])
def test_at_a_host_name_the_agent_looks_for_istiods_own_name(revision):
    made = bundle(GatewayEndpoint(NAME), replace(CONTROL_PLANE, revision=revision))
    own = f"istiod-{revision}.istio-system.svc" if revision else ISTIOD
    assert discovery_of(made) == f"{NAME}:15012"
    assert {f"ISTIOD_SAN='{own}'", "ISTIO_BIN_BASE='/usr/local/lib/meshx-agent'"} <= set(settings(made))
    assert not [line for line in settings(made) if line.startswith("CA_ADDR")]
    assert made["hosts"] == {own: ""}
    assert machine_files(made)["hosts"] == ""


def test_behind_another_port_istiods_own_name_stays_with_that_port():
    made = bundle(GatewayEndpoint("203.0.113.15", control_plane=31512))
    assert discovery_of(made) == f"{ISTIOD}:31512"
    assert f"CA_ADDR='{ISTIOD}:31512'" in settings(made)
    assert made["hosts"] == {ISTIOD: "203.0.113.15"}
    both = bundle(GatewayEndpoint(NAME, 443))
    assert discovery_of(both) == f"{NAME}:443"


@pytest.mark.parametrize("gateway", [GatewayEndpoint(NAME), GatewayEndpoint("203.0.113.15", 31512)])
def test_a_ca_beside_the_gateway_is_asked_as_ever_whatever_leads_to_istiod(gateway):
    authority = CertificateAuthority("ca.corp.example", 443, root="system")
    lines = settings(bundle(gateway, replace(CONTROL_PLANE, authority=authority, revision="1-31")))
    assert {"CA_ADDR='ca.corp.example:443'", "CA_ROOT_CA='SYSTEM'"} <= set(lines)
    assert not [line for line in lines if line.startswith("ISTIO_BIN_BASE")]
    assert ("ISTIOD_SAN='istiod-1-31.istio-system.svc'" in lines) is gateway.is_name


def test_a_ca_through_the_gateway_is_asked_at_its_port():
    made = bundle(
        GatewayEndpoint("203.0.113.15", 31512),
        replace(CONTROL_PLANE, authority=CertificateAuthority("csr.ca.svc", 443, through_gateway=True)),
    )
    assert "CA_ADDR='csr.ca.svc:31512'" in settings(made)
    assert made["hosts"] == {ISTIOD: "203.0.113.15", "csr.ca.svc": "203.0.113.15"}


def test_nothing_else_of_the_meshs_defaults_is_lost_by_that():
    plain, named = (
        yaml.safe_load(bundle(gateway)["files"][MESH_CONFIG]["content"])["defaultConfig"]
        for gateway in (AT_AN_ADDRESS, GatewayEndpoint(NAME))
    )
    assert {**plain, "discoveryAddress": ""} == {**named, "discoveryAddress": ""}


def test_ports_are_mapped_both_ways():
    endpoint = GatewayEndpoint(NAME, 31512, 31443)
    assert [endpoint.port(number) for number in (15012, 15443, 15021)] == [31512, 31443, 15021]
