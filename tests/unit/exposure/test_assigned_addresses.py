"""The addresses of exposed services: their own, kept, and never two of one."""

from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meshx.exposure.assigned_addresses import AddressesExhaustedError, assign
from meshx.istio.global_names import RANGE

SMALL = IPv4Network("127.255.0.0/28")
"""Fourteen addresses, so that names meet."""
HOSTS = st.lists(st.from_regex(r"[a-z]{1,3}\.[a-z]{1,2}\.global", fullmatch=True), max_size=14, unique=True)
IN_SMALL = st.integers(0, 15).map(lambda offset: str(SMALL.network_address + offset))
ANYWHERE = st.ip_addresses(v=4).map(str)


def fits(hosts: list[str], taken: set[str]) -> bool:
    """Whether every host can have an address of SMALL."""
    usable = {str(address) for address in SMALL.hosts()}
    return len(hosts) <= len(usable - taken)


@settings(max_examples=150)
@given(hosts=HOSTS, taken=st.sets(IN_SMALL | ANYWHERE, max_size=14))
def test_every_service_has_an_address_of_the_range_that_nobody_else_has(hosts: list[str], taken: set[str]) -> None:
    if not fits(hosts, taken):
        with pytest.raises(AddressesExhaustedError, match=f"no address of {SMALL} is free"):
            assign(hosts, {}, taken, SMALL)
        return
    given_addresses = assign(hosts, {}, taken, SMALL)
    assert given_addresses.keys() == set(hosts)
    assert len(set(given_addresses.values())) == len(hosts)
    assert not set(given_addresses.values()) & taken
    assert all(IPv4Address(address) in SMALL for address in given_addresses.values())
    assert not {str(SMALL.network_address), str(SMALL.broadcast_address)} & set(given_addresses.values())


@settings(max_examples=150)
@given(first=HOSTS, second=HOSTS, data=st.data())
def test_a_service_keeps_its_own_when_others_come_and_go(
    first: list[str], second: list[str], data: st.DataObject
) -> None:
    before = assign(first, {}, set(), SMALL)
    staying = data.draw(st.sets(st.sampled_from(first)) if first else st.just(set()))
    wanted = sorted({*staying, *second})[:14]
    after = assign(wanted, before, set(), SMALL)
    for host in set(wanted) & before.keys():
        assert after[host] == before[host]
    assert len(set(after.values())) == len(wanted)


@settings(max_examples=100)
@given(hosts=HOSTS, shuffled=st.randoms(use_true_random=False))
def test_the_order_of_the_file_does_not_matter(hosts: list[str], shuffled: object) -> None:
    other = list(hosts)
    shuffled.shuffle(other)  # type: ignore[attr-defined]
    assert assign(hosts, {}, set(), SMALL) == assign(other, {}, set(), SMALL)


@settings(max_examples=100)
@given(hosts=HOSTS.filter(bool), taken=st.sets(IN_SMALL, max_size=5))
def test_an_address_that_somebody_else_took_meanwhile_is_given_up(hosts: list[str], taken: set[str]) -> None:
    before = assign(hosts, {}, set(), SMALL)
    if fits(hosts, taken):
        after = assign(hosts, before, taken, SMALL)
        assert not set(after.values()) & taken
        assert all(after[host] == before[host] for host in hosts if before[host] not in taken)


def test_two_that_claim_one_address_are_told_apart() -> None:
    both = {"a.b.global": "127.255.0.3", "c.d.global": "127.255.0.3"}
    after = assign(both, both, set())
    assert after["a.b.global"] == "127.255.0.3"
    assert after["c.d.global"] != "127.255.0.3"


def test_an_address_outside_the_range_is_not_kept() -> None:
    assert IPv4Address(assign(["a.b.global"], {"a.b.global": "10.0.0.1"}, set())["a.b.global"]) in RANGE


def test_the_same_name_has_the_same_address_in_every_new_cluster() -> None:
    assert assign(["httpbin.bar.global"], {}, set()) == {"httpbin.bar.global": "127.255.223.4"}


def test_the_end_of_the_range_says_how_many_are_taken() -> None:
    taken = {str(address) for address in SMALL.hosts()}
    with pytest.raises(AddressesExhaustedError, match=r"no address of 127.255.0.0/28 is free for a.b.global: all 14"):
        assign(["a.b.global"], {}, taken, SMALL)
