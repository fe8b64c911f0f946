"""What is made of each exposed service, and which names which machine knows: decided before anything is made."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from meshx.config.errors.paths import Location
from meshx.config.errors.problems import ConfigurationError, Problem
from meshx.config.resolved import Machine
from meshx.config.sections.exposed import ExposedConfiguration
from meshx.config.sections.ports import Protocol
from meshx.exposure.chosen_addresses import chosen_addresses
from meshx.exposure.found_services import FoundService, FoundServices
from meshx.exposure.refusals import (
    HTTP_PROTOCOLS,
    described_by_others,
    not_callable,
    not_there,
    some_of,
    without_sidecar,
)
from meshx.istio.identities import spiffe_id
from meshx.networks.topology import Networks


@dataclass(frozen=True)
class Offer:
    """An exposed service as it is made.

    protocol: what goes over its port. cluster_ip: its own address. address: what `<service>.<namespace>.global` leads
    to on machines of other networks, "" where no gateway leads there. near_names: the names by which machines of the
    cluster's network know it, each with its address there. identities: the SPIFFE identities that may answer for it,
    where it is said who. near, far: the machines that know it, by their names, on the cluster's network and on others.
    has_sidecars: whether its pods have a sidecar, or get one with their next restart.
    """

    exposed: ExposedConfiguration
    protocol: Protocol
    cluster_ip: str
    address: str
    near_names: Mapping[str, str]
    near: frozenset[str]
    far: frozenset[str]
    identities: tuple[str, ...] = ()
    has_sidecars: bool = True

    @property
    def host(self) -> str:
        """The name by which all machines that know it call it."""
        return self.exposed.host if self.address else self.exposed.real_host

    @property
    def bypasses_gateway_locally(self) -> bool:
        """Whether machines of the cluster's network that call the `.global` name get to the service directly."""
        return bool(self.near) and self.near_names.get(self.exposed.host) == self.cluster_ip

    @property
    def is_http(self) -> bool:
        """Whether proxies route its calls by name."""
        return self.protocol in HTTP_PROTOCOLS


@dataclass(frozen=True)
class ExposurePlan:
    """All exposed services, and what is worth knowing beside them."""

    offers: tuple[Offer, ...] = ()
    warnings: tuple[str, ...] = ()

    def names_of(self, machine: str) -> dict[str, str]:
        """The names that a machine knows by a hosts line, each with its address there."""
        names: dict[str, str] = {}
        for offer in self.offers:
            if machine in offer.near:
                names |= offer.near_names
            elif machine in offer.far:
                names[offer.exposed.host] = offer.address
        return names


@dataclass(frozen=True)
class Exposing:
    """A service that is to be exposed: its place in the file, what was found of it, and who is to know it.

    address: as in Offer. near, far: machines by their names, on the cluster's network and on others.
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


def far_machines(machines: Sequence[Machine], networks: Networks) -> frozenset[str]:
    """The machines of other networks than the cluster's, by their names."""
    return frozenset(machine.name for machine in machines if networks.is_elsewhere(machine.network))


def planned(
    exposed: Sequence[ExposedConfiguration],
    machines: Sequence[Machine],
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
    names = frozenset(machine.name for machine in machines)
    found = list(problems)
    warnings: list[str] = []
    offers: list[Offer] = []
    for position, one in enumerate(exposed):
        service = seen.services[one.namespace, one.service]
        knowing = names if one.machines is None else names & set(one.machines)
        address = addresses.get(one.host, "")
        it = Exposing(("exposed", position), one, service, address, near=knowing - far, far=knowing & far)
        found += rules.problems(it)
        warnings += worth_knowing(one, service, bool(it.far))
        offers.append(
            Offer(
                exposed=one,
                protocol=one.protocol or service.ports.get(one.port) or "TCP",
                cluster_ip=service.cluster_ip,
                address=it.address,
                near_names=rules.near_names(it),
                near=it.near,
                far=it.far,
                identities=rules.identities(it),
                has_sidecars=service.has_sidecars,
            )
        )
    if found:
        raise ConfigurationError(found)
    return ExposurePlan(tuple(offers), tuple(warnings))


def exposure_plan(
    exposed: Sequence[ExposedConfiguration],
    machines: Sequence[Machine],
    seen: FoundServices,
    trust_domain: str,
    networks: Networks,
) -> ExposurePlan:
    """The plan of a stack; ConfigurationError with every service that cannot be offered as it is."""

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
        "the mesh has a single network without a name, so its gateway does not carry port 15443",
        "nothing here: machines call services by their own names, such as httpbin.bar.svc.cluster.local, as well",
    )


def _problems(it: Exposing, seen: FoundServices) -> Iterator[Problem]:
    place, one, service = it.place, it.exposed, it.service
    name = f"{one.namespace}/{one.service}"
    yield from described_by_others(place, one, seen)
    if not service.exists:
        yield not_there(place, one)
        return
    yield from not_callable(place, one, service, f"nothing here: machines call it as {one.real_host}")
    carries = service.ports.get(one.port)
    if one.protocol and carries and (one.protocol in HTTP_PROTOCOLS) != (carries in HTTP_PROTOCOLS):
        yield Problem(
            (*place, "protocol"),
            f"port {one.port} of Service {name} carries {carries}, and proxies on the cluster's network treat it so: "
            f"calls by {one.host} as {one.protocol} would go past the mesh there",
            f"nothing, or {carries}",
        )
    if not one.service_account and not service.service_accounts:
        yield Problem(
            (*place, "serviceAccount"),
            f"Service {name} has no pods now, so nobody can tell who may answer for it",
            "the service account of its pods",
        )
    if it.far:
        yield from without_sidecar(place, one, service)


def worth_knowing(one: ExposedConfiguration, service: FoundService, known_far: bool) -> Iterator[str]:
    """What goes on working badly, or not yet, though nothing is wrong with the configuration."""
    name = f"{one.namespace}/{one.service}"
    if known_far and service.without_sidecar and service.injects:
        yield (
            f"{one.host}: pods of {name} are older than the mesh and have no sidecar "
            f"({some_of(service.without_sidecar)}). Calls from other networks fail until they are restarted: "
            f"kubectl -n {one.namespace} rollout restart deployment"
        )
    if service.exists and not service.pods:
        yield f"{one.host}: Service {name} has no pods now"
