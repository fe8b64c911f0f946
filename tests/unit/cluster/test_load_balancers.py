"""Which of a gateway's addresses machines are told."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshx.cluster.load_balancers import ambiguity, ingress, node_addresses, preferred, service_type
from meshx.config.sections.gateway import GatewayConfiguration
from meshx.control_plane.gateway_address import UNNAMED, UNRESOLVED, GatewayAddressError, Told, gateway_host
from meshx.join.gateway_endpoint import GatewayEndpoint

SIX, FOUR, INNER = "2001:db8:7::15", "203.0.113.15", "10.0.0.15"
V4_MACHINES, V6_MACHINES = ["10.132.0.7"], ["2001:db8:9::7"]


def entries(*addresses):
    """A Service's load balancer with these addresses."""
    return ingress({"status": {"loadBalancer": {"ingress": [{"ip": address} for address in addresses]}}})


@pytest.mark.parametrize(
    ("there", "machines", "told"),
    [
        ([SIX, FOUR], V4_MACHINES, FOUR),
        ([FOUR, SIX], V6_MACHINES, SIX),
        ([SIX, FOUR], [*V4_MACHINES, *V6_MACHINES], FOUR),
        ([SIX, FOUR], [], FOUR),
        ([SIX], V4_MACHINES, SIX),
        ([FOUR], V6_MACHINES, FOUR),
        ([INNER, FOUR], V4_MACHINES, INNER),
    ],
)
def test_machines_are_told_the_address_of_their_family(there, machines, told):
    assert gateway_host("gw", preferred(entries(*there), machines)) == told


def told(machines=(), **written):
    """What decides where machines reach a gateway of which this is written."""
    return Told("gw", GatewayConfiguration.model_validate(written), list(machines))


def found(*addresses, kind="LoadBalancer", **more):
    """A function's answer about a Service with these addresses."""
    return {"ingress": entries(*addresses), "type": kind, "nodePorts": {}, "nodes": [], **more}


def test_the_address_that_is_written_stands_above_what_the_service_says():
    for there in ([], [FOUR], [INNER, SIX]):
        assert told(address="198.51.100.7").endpoint(found(*there)) == GatewayEndpoint("198.51.100.7")
        assert told(hostName="lb.example.com").endpoint(found(*there)) == GatewayEndpoint("lb.example.com")


def test_a_load_balancer_that_has_a_name_alone_is_reached_by_it():
    named = {**found(), "ingress": [{"ip": "", "hostname": "a1b2.elb.eu-west-1.amazonaws.com"}]}
    endpoint = told().endpoint(named)
    assert endpoint == GatewayEndpoint("a1b2.elb.eu-west-1.amazonaws.com")
    assert (endpoint.is_name, endpoint.hosts_address) == (True, "")
    with pytest.raises(GatewayAddressError, match=r"gw has a host name .a1b2.*RESOLVE_HOSTNAME_GATEWAYS"):
        replace(told(), no_names=UNRESOLVED).endpoint(named)
    with pytest.raises(GatewayAddressError, match="which takes addresses only"):
        replace(told(), no_names=UNNAMED).endpoint(named)
    assert replace(told(address=FOUR), no_names=UNNAMED).endpoint(named) == GatewayEndpoint(FOUR)


NODES = {"kind": "NodePort", "nodePorts": {"15012": 31512, "15443": 31443}, "nodes": entries(SIX, FOUR)}


def test_where_nodes_are_the_only_way_their_ports_are_told():
    assert told(V4_MACHINES).endpoint(found(**NODES)) == GatewayEndpoint(FOUR, 31512, 31443)
    assert told(V6_MACHINES).endpoint(found(**NODES)) == GatewayEndpoint(SIX, 31512, 31443)
    # Something stands in front that passes the ports on by the same numbers.
    assert told(address=FOUR).endpoint(found(**NODES)) == GatewayEndpoint(FOUR)
    assert told(address=FOUR, ports={"controlPlane": 443}).endpoint(found(**NODES)) == GatewayEndpoint(FOUR, 443)
    # External addresses take the Service's own ports.
    assert told().endpoint(found(INNER, **NODES)) == GatewayEndpoint(INNER)
    with pytest.raises(GatewayAddressError, match="of type NodePort, and no node is ready"):
        replace(told(), by_nodes=False).endpoint(found(**NODES))


def test_a_node_has_its_addresses_of_each_family_external_ones_before_internal_ones(monkeypatch):
    def node(name, *addresses, ready="True"):
        there = [{"type": kind, "address": address} for kind, address in addresses]
        status = {"conditions": [{"type": "Ready", "status": ready}], "addresses": there}
        return {"metadata": {"name": name}, "status": status}

    inner = ("InternalIP", INNER)
    nodes = [
        node("c", inner, ("Hostname", "c"), ("InternalIP", SIX)),
        node("b", inner, ("ExternalIP", FOUR)),
        node("a", inner, ready="False"),
    ]
    monkeypatch.setattr("meshx.cluster.load_balancers.listed", lambda *_: nodes)
    found = node_addresses(None, {"spec": {"type": "NodePort"}})
    assert [entry["ip"] for entry in found] == [FOUR, INNER, SIX]
    assert node_addresses(None, {"spec": {"type": "LoadBalancer"}}) == []


def test_istiod_is_not_told_a_mapped_port_beside_an_address_of_the_service():
    ports = {"services": 31443}
    assert told(address=FOUR, ports=ports).endpoint(found(kind="ClusterIP")) == GatewayEndpoint(FOUR, services=31443)
    with pytest.raises(GatewayAddressError, match=f"send machines of other networks there as well as to {FOUR}"):
        told(address=FOUR, ports=ports).endpoint(found(INNER))


def test_external_addresses_do_where_there_is_no_load_balancer():
    service = {"spec": {"type": "NodePort", "externalIPs": [SIX, FOUR]}}
    assert gateway_host("gw", preferred(ingress(service), V4_MACHINES)) == FOUR
    balanced = {**service, "status": {"loadBalancer": {"ingress": [{"ip": INNER}]}}}
    assert gateway_host("gw", preferred(ingress(balanced), V4_MACHINES)) == INNER


def test_a_host_name_beside_an_address_is_none_of_ours():
    both = ingress({"status": {"loadBalancer": {"ingress": [{"hostname": "lb.example"}, {"ip": FOUR}]}}})
    assert gateway_host("gw", preferred(both, V4_MACHINES)) == FOUR


def test_which_of_several_alike_is_told_is_said_with_the_key_that_chooses():
    assert ambiguity("gw", preferred(entries(INNER, FOUR), V4_MACHINES)) == (
        "the gateway gw has the addresses 10.0.0.15, 203.0.113.15: machines are told 10.0.0.15. Say which one they "
        "reach by meshx:mesh.gateway.address"
    )
    for there in ([SIX, FOUR], [FOUR], []):
        assert ambiguity("gw", preferred(entries(*there), V4_MACHINES)) == ""
    assert told(address=FOUR).ambiguity(found(INNER, FOUR)) == ""
    assert "machines are told" in told().ambiguity(found(INNER, FOUR))


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("NodePort", "of type NodePort.*externalIPs.*meshx:mesh.gateway.address"),
        ("ClusterIP", "of type ClusterIP"),
        ("LoadBalancer", "of type LoadBalancer waits for one"),
    ],
)
def test_a_service_without_any_address_is_told_by_its_type(kind, said):
    service = {"spec": {"type": kind}}
    with pytest.raises(GatewayAddressError, match=said):
        gateway_host("gw", preferred(ingress(service), V4_MACHINES), service_type(service))


FAMILY = st.sampled_from([INNER, FOUR, SIX, "2001:db8:7::16", ""])


@given(st.lists(FAMILY), st.lists(st.sampled_from([*V4_MACHINES, *V6_MACHINES])))
def test_of_any_addresses_one_that_is_there_is_told(there, machines):
    ordered = preferred(entries(*there), machines)
    assert sorted(map(str, ordered)) == sorted(map(str, entries(*there)))
    if any(there):
        assert gateway_host("gw", ordered) in there
