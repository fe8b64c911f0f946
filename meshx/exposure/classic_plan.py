"""What is made of each exposed service with Istio 1.1 to 1.4, and which names which machine knows.

No proxy of this line answers its machine's look-ups, so machines of the cluster's network need a hosts line for a
service's own name as well: it leads to its clusterIP, and calls go to its pods directly. `.global` is the gateways'
name: with them it leads every machine to the address that its proxy takes for the service behind the gateway.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address, IPv4Network, ip_network

from meshx.config.errors.problems import ConfigurationError, Problem
from meshx.config.resolved import Machine
from meshx.config.sections.exposed import ExposedConfiguration
from meshx.exposure.chosen_addresses import chosen_addresses
from meshx.exposure.found_services import FoundService, FoundServices
from meshx.exposure.plan import ExposurePlan, Offer, worth_knowing
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
    """The plan of a stack; ConfigurationError with every service that cannot be offered as it is.

    services_cidr: the ranges that machines hand to their proxy, with commas between. Who may answer for a service is
    not asked: the charts' rule for `*.global` takes every certificate of the mesh.
    """
    far = {machine.name for machine in machines if networks.is_elsewhere(machine.network)}
    problems: list[Problem] = []
    warnings: list[str] = []
    offers: list[Offer] = []
    addresses = chosen_addresses(exposed, seen, problems) if far else {}
    for position, one in enumerate(exposed):
        service = seen.services[one.namespace, one.service]
        knowing = {machine.name for machine in machines if one.machines is None or machine.name in one.machines}
        problems += _problems(position, one, service, services_cidr)
        if far:
            problems += described_by_others(("exposed", position), one, seen)
        if knowing & far:
            problems += without_sidecar(("exposed", position), one, service)
        warnings += worth_knowing(one, service, bool(knowing & far))
        address = addresses.get(one.host, "")
        offers.append(
            Offer(
                exposed=one,
                protocol=one.protocol or service.ports.get(one.port) or "TCP",
                cluster_ip=service.cluster_ip,
                address=address,
                near_names={one.real_host: service.cluster_ip} | ({one.host: address} if address else {}),
                near=frozenset(knowing - far),
                far=frozenset(knowing & far),
                has_sidecars=service.has_sidecars,
            )
        )
    if problems:
        raise ConfigurationError(problems)
    return ExposurePlan(tuple(offers), tuple(warnings))


def _problems(position: int, one: ExposedConfiguration, service: FoundService, services_cidr: str) -> Iterator[Problem]:
    place = ("exposed", position)
    if not service.exists:
        yield not_there(place, one)
    else:
        yield from not_callable(place, one, service, "a Service with a clusterIP beside it, for the same pods")
    if one.address and not _is_captured(one.address, services_cidr):
        yield Problem(
            (*place, "address"),
            f"machines hand to their proxy what goes to {RANGE} and to the cluster's services ({services_cidr}), and "
            f"nothing else: {one.address} would lead nowhere",
            f"an address of {RANGE}, or leave the key out",
        )


def _is_captured(address: str, services_cidr: str) -> bool:
    ranges = [RANGE, *(ip_network(one.strip(), strict=False) for one in services_cidr.split(","))]
    return any(IPv4Address(address) in one for one in ranges if isinstance(one, IPv4Network))
