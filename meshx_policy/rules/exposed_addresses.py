"""Each exposed service's name resolves to an address that nobody else has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from meshx.istio.global_names import RANGE
from meshx_policy.rules.kubernetes_types import is_istio
from meshx_policy.rules.rule import Resource, Setting, Settings, StackRule, Violation, items_of

_GLOBAL = ".global"
VIPS = "virtualAddresses"


def violations(resources: Sequence[Resource], settings: Settings) -> Iterator[Violation]:
    """Addresses outside the range and the configured ones, and those that two ServiceEntries have."""
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
                    f"spec.addresses has {address}, which may be a real host's. Leave out `address` of the exposed "
                    f"service or use one of {RANGE}; list your own virtual addresses in this rule's setting `{VIPS}`",
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
    f"Names of exposed services resolve to addresses of {RANGE} or to configured virtual ones, each to its own.",
    violations,
    {VIPS: Setting({"type": "array", "items": {"type": "string"}}, [])},
)
