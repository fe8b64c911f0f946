"""What to make for each exposed service, and which names each machine knows: decided before anything is made."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from meshx.config.errors.paths import Location
from meshx.config.errors.problems import ConfigurationError, Problem
from meshx.config.resolved import Machine
from meshx.config.sections.exposed import ExposedConfiguration
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
from meshx.istio.protocols import Protocol
from meshx.networks.topology import Networks


@dataclass(frozen=True)
class Offer:
    """An exposed service, with everything to make it.

    protocol: its port's protocol. cluster_ip: its own address. address: what `<service>.<namespace>.global` resolves to
    on machines of other networks, "" without a gateway. near_names: its names on machines of the cluster's network,
    each with its address there. identities: the SPIFFE identities that may answer for it, if known. near, far: names of
    the machines that know it, on the cluster's network and on others. has_sidecars: whether its pods have a sidecar, or
    get one with their next restart. in_ambient: whether those without are in ambient mode.
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
    in_ambient: bool = False

    @property
    def host(self) -> str:
        """The name that all machines that know it can call."""
        return self.exposed.host if self.address else self.exposed.real_host

    @property
    def bypasses_gateway_locally(self) -> bool:
        """Whether machines of the cluster's network reach the service directly by its `.global` name."""
        return bool(self.near) and self.near_names.get(self.exposed.host) == self.cluster_ip

    @property
    def is_http(self) -> bool:
        """Whether proxies route its calls by name."""
        return self.protocol in HTTP_PROTOCOLS


@dataclass(frozen=True)
class ExposurePlan:
    """All exposed services, with warnings about them."""

    offers: tuple[Offer, ...] = ()
    warnings: tuple[str, ...] = ()

    def names_of(self, machine: str) -> dict[str, str]:
        """The names in a machine's hosts lines, each with its address there."""
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
        warnings += exposure_warnings(one, service, bool(it.far))
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
                in_ambient=service.in_ambient,
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
    carries = service.ports.get(one.port)
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


def exposure_warnings(one: ExposedConfiguration, service: FoundService, known_far: bool) -> Iterator[str]:
    """Warnings of what works badly, or not yet, though the configuration is right."""
    name = f"{one.namespace}/{one.service}"
    if known_far and service.without_sidecar and service.injects:
        yield (
            f"{one.host}: pods of {name} are older than the mesh and have no sidecar "
            f"({some_of(service.without_sidecar)}). Calls from other networks fail until they are restarted: "
            f"kubectl -n {one.namespace} rollout restart deployment"
        )
    if service.exists and not service.pods:
        yield f"{one.host}: Service {name} has no pods now"
