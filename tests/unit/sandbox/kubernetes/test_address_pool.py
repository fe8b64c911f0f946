"""The addresses that Services of type LoadBalancer get."""

from hypothesis import given
from hypothesis import strategies as st

from sandbox.kubernetes.loadbalancer import LOAD_BALANCERS as POOL
from sandbox.kubernetes.loadbalancer import Balanced, assign

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


def test_an_address_in_use_is_not_given_to_one_that_asks_for_it() -> None:
    assigned = assign([Balanced("a/asks", wants=str(POOL[0])), Balanced("b/has", has=(str(POOL[0]),))])
    assert assigned == {"b/has": POOL[0], "a/asks": POOL[1]}
