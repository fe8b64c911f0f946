"""The addresses that Services of type LoadBalancer get."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.kubernetes.loadbalancer import LOAD_BALANCERS as POOL
from sandbox.kubernetes.loadbalancer import POOLS, Balanced, assign, assign_all
from sandbox.network import dual_stack

OUTSIDE = ["192.0.2.1", "not an address", "fd00::1", ""]
addresses = st.sampled_from([*map(str, POOL[:5]), *OUTSIDE])
services = st.lists(
    st.builds(
        Balanced,
        st.from_regex(r"[a-d]/[a-z]{1,2}", fullmatch=True),
        st.lists(addresses, max_size=2).map(tuple),
        addresses,
    ),
    unique_by=lambda service: service.name,
    max_size=len(POOL) + 10,
)


@given(services)
def test_no_two_services_share_an_address_and_all_are_of_the_pool(found: list[Balanced]) -> None:
    given_addresses = list(assign(found).values())
    assert len(given_addresses) == len(set(given_addresses))
    assert set(given_addresses) <= set(POOL)


@given(services)
def test_every_service_gets_an_address_while_there_are_enough(found: list[Balanced]) -> None:
    assert len(assign(found)) == min(len(found), len(POOL))


@given(services)
def test_services_keep_their_addresses_when_others_come_and_go(found: list[Balanced]) -> None:
    before = assign(found)
    standing = [Balanced(service.name, (str(before[service.name]),)) for service in found if service.name in before]
    after = assign([*standing[::2], *(Balanced(f"new/{number}") for number in range(5))])
    assert all(after[service.name] == before[service.name] for service in standing[::2])


def test_a_service_gets_the_free_address_it_asks_for() -> None:
    assert assign([Balanced("a/first"), Balanced("b/second", wants=str(POOL[0]))])["b/second"] == POOL[0]


def test_a_service_of_both_families_gets_an_address_of_each_and_keeps_them(monkeypatch: pytest.MonkeyPatch) -> None:
    assert assign_all([Balanced("a/both", families=("IPv4", "IPv6"))])["a/both"] == [POOL[0]]
    monkeypatch.setitem(POOLS, "IPv6", dual_stack.LOAD_BALANCERS)
    found = assign_all([Balanced("a/both", families=("IPv6", "IPv4")), Balanced("a/one")])
    assert found == {"a/both": [dual_stack.LOAD_BALANCERS[0], POOL[0]], "a/one": [POOL[1]]}
    kept = Balanced("a/both", has=("fd77::203", "10.77.0.203"), families=("IPv6", "IPv4"))
    assert list(map(str, assign_all([kept])["a/both"])) == ["fd77::203", "10.77.0.203"]


def test_an_address_in_use_is_not_given_to_one_that_asks_for_it() -> None:
    assigned = assign([Balanced("a/asks", wants=str(POOL[0])), Balanced("b/has", has=(str(POOL[0]),))])
    assert assigned == {"b/has": POOL[0], "a/asks": POOL[1]}
