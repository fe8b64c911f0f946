"""Which of a gateway's addresses machines are told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshx.cluster.load_balancers import ambiguity, ingress, preferred, service_type
from meshx.control_plane.gateway_address import GatewayAddressError, gateway_host

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


def test_the_address_that_is_written_stands_above_what_the_service_says():
    for there in ([], [FOUR], [INNER, SIX]):
        assert gateway_host("gw", preferred(entries(*there), "198.51.100.7", V4_MACHINES)) == "198.51.100.7"


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
    for there, written in (([SIX, FOUR], None), ([FOUR], None), ([], None), ([INNER, FOUR], FOUR)):
        assert ambiguity("gw", preferred(entries(*there), written, V4_MACHINES)) == ""


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
