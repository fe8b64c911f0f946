"""What to make for each exposed service, and which names each machine knows: decided before anything is made."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from meshx.config.errors.paths import Location
from meshx.config.errors.problems import ConfigurationError, Problem
from meshx.config.resolved import Group, Machine
from meshx.config.sections.exposed import ExposedConfiguration
from meshx.exposure.chosen_addresses import chosen_addresses
from meshx.exposure.found_services import FoundService, FoundServices
from meshx.exposure.offered_ports import OfferedPort, left_out, offered_ports
from meshx.exposure.refusals import (
    described_by_others,
    not_callable,
    not_there,
    without_sidecar,
)
from meshx.exposure.warnings import exposure_warnings, outdated_ports
from meshx.istio.identities import spiffe_id
from meshx.istio.protocols import HTTP_PROTOCOLS
from meshx.networks.topology import Networks


@dataclass(frozen=True)
class Offer:
    """An exposed service, with everything to make it.

    ports: what machines call. cluster_ip: its own address. address: what `<service>.<namespace>.global` resolves to
    on machines of other networks, "" without a gateway. near_names: its names on machines of the cluster's network,
    each with its address there. identities: the SPIFFE identities that may answer for it, if known. near, far: names of
    the machines and groups that know it, on the cluster's network and on others. near_groups: whether there are groups
    among the near ones, whose instances get `address` from their proxies and none of `near_names`. has_sidecars:
    whether its pods have a sidecar, or get one with their next restart. in_ambient: whether those without are in
    ambient mode.
    """

    exposed: ExposedConfiguration
    ports: tuple[OfferedPort, ...]
    cluster_ip: str
    address: str
    near_names: Mapping[str, str]
    near: frozenset[str]
    far: frozenset[str]
    identities: tuple[str, ...] = ()
    near_groups: bool = False
    has_sidecars: bool = True
    in_ambient: bool = False

    @property
    def host(self) -> str:
        """The name that all machines that know it can call."""
        return self.exposed.host if self.address else self.exposed.real_host

    @property
    def bypasses_gateway_locally(self) -> bool:
        """Whether machines of the cluster's network reach the service directly by its `.global` name."""
        return bool(self.near) and self.near_names.get(self.exposed.host) == self.cluster_ip


@dataclass(frozen=True)
class ExposurePlan:
    """All exposed services.

    warnings: what works badly, or not yet. notes: what is left out by intent. outdated: services whose ports are others
    now than in the objects that the stack made of them.
    """

    offers: tuple[Offer, ...] = ()
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    outdated: tuple[str, ...] = ()

    def names_of(self, machine: str) -> dict[str, str]:
        """The names in a machine's hosts lines, each with its address there."""
        names: dict[str, str] = {}
        for offer in self.offers:
            if machine in offer.near:
                names |= offer.near_names
            elif machine in offer.far:
                names[offer.exposed.host] = offer.address
        return names

    def looked_up_by(self, group: str) -> dict[str, str]:
        """The names that a group's instances get from their proxies, each with its address. They need no hosts lines,
        so a further name changes nothing on them.
        """
        return {offer.host: offer.address for offer in self.offers if group in offer.near | offer.far}


@dataclass(frozen=True)
class Exposing:
    """A service that is to be exposed: its place in the file, what was found of it, and who is to know it.

    address: as in Offer. near, far: machines and groups by their names, on the cluster's network and on others.
    """

    place: Location
    exposed: ExposedConfiguration
    service: FoundService
    address: str
    near: frozenset[str]
    far: frozenset[str]


@dataclass(frozen=True)
class LineRules:
    """What the lines of Istio do otherwise: what is wrong with a service, its names on the cluster's network, and who
    may answer for it.
    """

    problems: Callable[[Exposing], Iterator[Problem]]
    near_names: Callable[[Exposing], Mapping[str, str]]
    identities: Callable[[Exposing], tuple[str, ...]] = lambda _: ()


def far_machines(machines: Sequence[Machine | Group], networks: Networks) -> frozenset[str]:
    """The machines and groups of other networks than the cluster's, by their names."""
    return frozenset(machine.name for machine in machines if networks.is_elsewhere(machine.network))


def planned(
    exposed: Sequence[ExposedConfiguration],
    machines: Sequence[Machine | Group],
    seen: FoundServices,
    addresses: Mapping[str, str],
    far: frozenset[str],
    *,
    rules: LineRules,
    problems: Sequence[Problem],
) -> ExposurePlan:
    """The plan of a stack on one line; ConfigurationError with every service that cannot be offered as it is.

    addresses: what `.global` names lead to. far: as far_machines gives it. problems: what is wrong already.
    """
    groups = frozenset(one.name for one in machines if isinstance(one, Group))
    found = list(problems)
    warnings: list[str] = []
    notes: list[str] = []
    outdated: list[str] = []
    offers: list[Offer] = []
    for position, one in enumerate(exposed):
        service = seen.services[one.namespace, one.service]
        knowing = _knowing(one, machines)
        address = addresses.get(one.host, "")
        it = Exposing(("exposed", position), one, service, address, near=knowing - far, far=knowing & far)
        found += rules.problems(it)
        warnings += exposure_warnings(one, service, bool(it.far))
        notes += left_out(one, service)
        ports = offered_ports(one, service)
        outdated += outdated_ports(one, ports, seen)
        offers.append(
            Offer(
                exposed=one,
                ports=ports,
                cluster_ip=service.cluster_ip,
                address=it.address,
                near_names=rules.near_names(it),
                near=it.near,
                far=it.far,
                identities=rules.identities(it),
                near_groups=bool(it.near & groups),
                has_sidecars=service.has_sidecars,
                in_ambient=service.in_ambient,
            )
        )
    if found:
        raise ConfigurationError(found)
    return ExposurePlan(tuple(offers), tuple(warnings), tuple(notes), tuple(outdated))


def _knowing(one: ExposedConfiguration, machines: Sequence[Machine | Group]) -> frozenset[str]:
    named = ((each, each.workload.name if isinstance(each, Group) else each.name) for each in machines)
    return frozenset(each.name for each, name in named if one.machines is None or name in one.machines)


def exposure_plan(
    exposed: Sequence[ExposedConfiguration],
    machines: Sequence[Machine | Group],
    seen: FoundServices,
    trust_domain: str,
    networks: Networks,
) -> ExposurePlan:
    """The plan of a stack; ConfigurationError with every service that cannot be exposed as it is."""

    def identities(it: Exposing) -> tuple[str, ...]:
        accounts = [it.exposed.service_account] if it.exposed.service_account else it.service.service_accounts
        return tuple(spiffe_id(trust_domain, it.exposed.namespace, account) for account in accounts)

    rules = LineRules(
        problems=lambda it: _problems(it, seen),
        near_names=lambda it: {it.exposed.host: it.service.cluster_ip},
        identities=identities,
    )
    problems = [] if networks.own else [_no_network()]
    addresses = chosen_addresses(exposed, seen, problems)
    far = far_machines(machines, networks)
    return planned(exposed, machines, seen, addresses, far, rules=rules, problems=problems)


def _no_network() -> Problem:
    return Problem(
        ("exposed",),
        "the mesh has a single network without a name, so its gateway does not listen on port 15443",
        "nothing here: machines can call services by their own names, such as httpbin.bar.svc.cluster.local",
    )


def _problems(it: Exposing, seen: FoundServices) -> Iterator[Problem]:
    place, one, service = it.place, it.exposed, it.service
    name = f"{one.namespace}/{one.service}"
    yield from described_by_others(place, one, seen)
    if not service.exists:
        yield not_there(place, one)
        return
    yield from not_callable(place, one, service, f"nothing here: machines call it as {one.real_host}")
    carries = service.ports.get(one.port) if one.port else None
    if one.protocol and carries and (one.protocol in HTTP_PROTOCOLS) != (carries in HTTP_PROTOCOLS):
        yield Problem(
            (*place, "protocol"),
            f"port {one.port} of Service {name} carries {carries}, and proxies on the cluster's network treat it so: "
            f"calls to {one.host} as {one.protocol} would bypass the mesh there",
            f"nothing, or {carries}",
        )
    if not one.service_account and not service.service_accounts:
        yield Problem(
            (*place, "serviceAccount"),
            f"Service {name} has neither pods nor a workload that makes some, so its pods' service account is unknown",
            "the service account of its pods",
        )
    if it.far:
        yield from without_sidecar(place, one, service)
