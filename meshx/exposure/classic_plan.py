"""What to make for each exposed service with Istio 1.1 to 1.4, and which names each machine knows.

Proxies of this line do not answer their machine's look-ups. So machines of the cluster's network also need a hosts line
for a service's own name: it has the clusterIP, and calls go to the pods directly. `.global` names exist only with
gateways: on every machine they resolve to the address that its proxy maps to the service behind the gateway.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address, IPv4Network, ip_network

from meshx.config.errors.problems import Problem
from meshx.config.resolved import Machine
from meshx.config.sections.exposed import ExposedConfiguration
from meshx.exposure.chosen_addresses import chosen_addresses
from meshx.exposure.found_services import FoundServices
from meshx.exposure.plan import Exposing, ExposurePlan, LineRules, far_machines, planned
from meshx.exposure.refusals import described_by_others, not_callable, not_there, without_sidecar
from meshx.istio.global_names import RANGE
from meshx.networks.topology import Networks


def classic_exposure_plan(
    exposed: Sequence[ExposedConfiguration],
    machines: Sequence[Machine],
    seen: FoundServices,
    networks: Networks,
    services_cidr: str,
) -> ExposurePlan:
    """The plan of a stack; ConfigurationError with every service that cannot be exposed as it is.

    services_cidr: the ranges that machines send to their proxy, separated by commas. There is no check of who may
    answer for a service: the charts' rule for `*.global` accepts every certificate of the mesh.
    """
    far = far_machines(machines, networks)

    def problems_of(it: Exposing) -> Iterator[Problem]:
        yield from _problems(it, services_cidr)
        if far:
            yield from described_by_others(it.place, it.exposed, seen)
        if it.far:
            yield from without_sidecar(it.place, it.exposed, it.service)

    def near_names(it: Exposing) -> dict[str, str]:
        by_gateway = {it.exposed.host: it.address} if it.address else {}
        return {it.exposed.real_host: it.service.cluster_ip} | by_gateway

    problems: list[Problem] = []
    addresses = chosen_addresses(exposed, seen, problems) if far else {}
    rules = LineRules(problems_of, near_names)
    return planned(exposed, machines, seen, addresses, far, rules=rules, problems=problems)


def _problems(it: Exposing, services_cidr: str) -> Iterator[Problem]:
    place, one = it.place, it.exposed
    if not it.service.exists:
        yield not_there(place, one)
    else:
        yield from not_callable(place, one, it.service, "a Service with a clusterIP beside it, for the same pods")
    if one.address and not _is_captured(one.address, services_cidr):
        yield Problem(
            (*place, "address"),
            f"machines send only calls to {RANGE} and to the cluster's services ({services_cidr}) to their proxy: "
            f"calls to {one.address} would fail",
            f"an address of {RANGE}, or leave the key out",
        )


def _is_captured(address: str, services_cidr: str) -> bool:
    ranges = [RANGE, *(ip_network(one.strip(), strict=False) for one in services_cidr.split(","))]
    return any(IPv4Address(address) in one for one in ranges if isinstance(one, IPv4Network))
