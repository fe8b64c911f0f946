"""The addresses that names of exposed services lead to are nobody else's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from meshx.istio.global_names import RANGE
from policy.rules.kubernetes_types import is_istio
from policy.rules.rule import Resource, Setting, Settings, StackRule, Violation, items_of

_GLOBAL = ".global"
VIPS = "virtualAddresses"


def violations(resources: Sequence[Resource], settings: Settings) -> Iterator[Violation]:
    """The addresses outside the range and the stated ones, and those that two ServiceEntries have."""
    allowed = [RANGE, *(ip_network(written) for written in settings[VIPS])]
    taken: dict[str, Resource] = {}
    for resource in resources:
        if not is_istio(resource.type, "networking", "ServiceEntry"):
            continue
        exposed = any(str(host).endswith(_GLOBAL) for host in items_of(resource.at("spec", "hosts")))
        for address in items_of(resource.at("spec", "addresses")):
            if not isinstance(address, str):
                continue
            if exposed and not _within(address, allowed):
                yield Violation(
                    f"spec.addresses has {address}, which may be a real host's. Leave `address` of the exposed service "
                    f"out or take one of {RANGE}; a virtual address of yours has to be stated in this rule's setting "
                    f"`{VIPS}`",
                    resource.urn,
                )
            other = taken.setdefault(address, resource)
            if other is not resource:
                yield Violation(
                    f"spec.addresses has {address}, which ServiceEntry {other.name} has already: calls to one would "
                    "reach the other. Give one of the two another address, or none",
                    resource.urn,
                )


def _within(address: str, allowed: Sequence[IPv4Network | IPv6Network]) -> bool:
    try:
        network = ip_network(address, strict=False)
    except ValueError:
        return False
    first, last = network[0], network[-1]
    return any(ip_address(first) in one and ip_address(last) in one for one in allowed)


RULE = StackRule(
    "exposed-addresses",
    f"Names of exposed services lead to addresses of {RANGE} or to stated virtual ones, each to one of its own.",
    violations,
    {VIPS: Setting({"type": "array", "items": {"type": "string"}}, [])},
)
