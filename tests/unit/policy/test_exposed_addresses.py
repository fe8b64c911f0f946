"""Addresses of exposed services: in the range or stated, and each one's own."""

from policy.rules.exposed_addresses import RULE
from policy.rules.rule import Resource
from tests.unit.policy.judging import resource, said_of_stack


def _entry(name: str, *addresses: str, host: str = "") -> Resource:
    entry = resource(
        "kubernetes:networking.istio.io/v1:ServiceEntry",
        spec={"hosts": [host or f"{name}.bar.global"], "addresses": list(addresses)},
    )
    return Resource(entry.type, name, f"{entry.urn}-{name}", entry.properties)


def test_an_address_that_may_be_a_real_hosts_is_found() -> None:
    said = said_of_stack(RULE, _entry("a", "10.0.0.7"), _entry("b", "127.255.0.3"))
    assert list(said) == ["a"] and "10.0.0.7, which may be a real host's" in said["a"]


def test_a_stated_virtual_address_passes() -> None:
    assert not said_of_stack(RULE, _entry("a", "10.9.0.7"), virtualAddresses=["10.9.0.0/24"])


def test_an_address_that_two_services_have_is_found_at_the_second() -> None:
    said = said_of_stack(RULE, _entry("a", "127.255.0.3"), _entry("b", "127.255.0.3"))
    assert list(said) == ["b"] and "ServiceEntry a has already" in said["b"]


def test_each_with_an_address_of_its_own_in_the_range_passes() -> None:
    outside = _entry("c", "203.0.113.7", host="api.example.com")
    assert not said_of_stack(RULE, _entry("a", "127.255.0.3"), _entry("b", "127.255.0.4"), outside)
