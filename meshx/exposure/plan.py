"""What is made of each exposed service, and which names which machine knows: decided before anything is made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, ip_network

from meshx.config.exposed import ExposedConfiguration
from meshx.config.identity import spiffe_id
from meshx.config.machine import Machine
from meshx.config.ports import Protocol
from meshx.config.problems import ConfigurationError, Problem
from meshx.exposure.addresses import RANGE, AddressesExhaustedError, assign
from meshx.exposure.sighting import SeenService, Sighting
from meshx.reachability.obstacles import Networks

HEADLESS = "None"
HTTP_PROTOCOLS = ("HTTP", "HTTP2", "GRPC", "GRPC-Web")
"""Those that proxies route by the name in the request; all others by address and port."""


@dataclass(frozen=True)
class Offer:
    """An exposed service as it is made.

    protocol: what goes over its port. address: what its name leads to on machines of other networks. cluster_ip: what
    it leads to on the cluster's.
    identities: the SPIFFE identities that may answer for it. near, far: the machines that know the name, by their
    names, on the cluster's network and on others.
    """

    exposed: ExposedConfiguration
    protocol: Protocol
    address: str
    cluster_ip: str
    identities: tuple[str, ...]
    near: frozenset[str]
    far: frozenset[str]

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
        near = {offer.exposed.host: offer.cluster_ip for offer in self.offers if machine in offer.near}
        return near | {offer.exposed.host: offer.address for offer in self.offers if machine in offer.far}


def exposure_plan(
    exposed: Sequence[ExposedConfiguration],
    machines: Sequence[Machine],
    seen: Sighting,
    trust_domain: str,
    networks: Networks,
) -> ExposurePlan:
    """The plan of a stack; ConfigurationError with every service that cannot be offered as it is."""
    far = {machine.name for machine in machines if networks.is_elsewhere(machine.network)}
    problems = [] if networks.own else [_no_network()]
    warnings: list[str] = []
    offers: list[Offer] = []
    addresses = _addresses(exposed, seen, problems)
    for position, one in enumerate(exposed):
        service = seen.services[one.namespace, one.service]
        knowing = {machine.name for machine in machines if one.machines is None or machine.name in one.machines}
        problems += _problems(position, one, service, bool(knowing & far), seen)
        warnings += _warnings(one, service, bool(knowing & far))
        accounts = [one.service_account] if one.service_account else list(service.service_accounts)
        offers.append(
            Offer(
                exposed=one,
                protocol=one.protocol or service.ports.get(one.port) or "TCP",
                address=addresses.get(one.host, ""),
                cluster_ip=service.cluster_ip,
                identities=tuple(spiffe_id(trust_domain, one.namespace, account) for account in accounts),
                near=frozenset(knowing - far),
                far=frozenset(knowing & far),
            )
        )
    if problems:
        raise ConfigurationError(problems)
    return ExposurePlan(tuple(offers), tuple(warnings))


def _no_network() -> Problem:
    return Problem(
        ("exposed",),
        "the mesh has a single network without a name, so its gateway does not carry port 15443",
        "nothing here: machines call services by their own names, such as httpbin.bar.svc.cluster.local, as well",
    )


def _addresses(exposed: Sequence[ExposedConfiguration], seen: Sighting, problems: list[Problem]) -> dict[str, str]:
    """The address of each host; a problem is added where one is taken, or none is left."""
    own_hosts = {one.host for one in exposed}
    foreign = {address: entry.host for entry in seen.entries if not entry.own for address in _within(entry.address)}
    # A service that is taken out with this run has its address until the run is over.
    leaving = {
        address
        for entry in seen.entries
        if entry.own and entry.host not in own_hosts
        for address in _within(entry.address)
    }
    stated = {one.host: one.address for one in exposed if one.address}
    for position, one in enumerate(exposed):
        if one.address in foreign:
            problems.append(
                Problem(
                    ("exposed", position, "address"),
                    f"{one.address} is taken by the ServiceEntry of {foreign[one.address]}",
                    "another address, or leave the key out for one that is free",
                )
            )
    kept = {entry.host: address for entry in seen.entries if entry.own for address in _within(entry.address)[:1]}
    try:
        found = assign(own_hosts - stated.keys(), kept, {*foreign, *leaving, *stated.values()})
    except AddressesExhaustedError as error:
        problems.append(Problem(("exposed",), str(error), f"addresses outside {RANGE} by hand, or fewer services"))
        return stated
    return found | stated


def _within(written: str) -> list[str]:
    """The addresses that a ServiceEntry's address, or range, names: one, or those of a range that matter here."""
    try:
        network = ip_network(written, strict=False)
    except ValueError:
        return []
    if not isinstance(network, IPv4Network):
        return []
    if network.num_addresses == 1:
        return [str(network.network_address)]
    common = network if network.subnet_of(RANGE) else RANGE if RANGE.subnet_of(network) else None
    return [str(address) for address in common] if common else []


def _problems(
    position: int, one: ExposedConfiguration, service: SeenService, known_far: bool, seen: Sighting
) -> Iterator[Problem]:
    place, name = ("exposed", position), f"{one.namespace}/{one.service}"
    others = [entry for entry in seen.entries if entry.host == one.host and not entry.own]
    if others:
        yield Problem(
            place,
            f"a ServiceEntry of others has the host {one.host} already",
            "nothing here, or have them remove it: one host is described once",
        )
    if not service.exists:
        yield Problem((*place, "service"), f"there is no Service {name}", "a Service that is there; deploy it first")
        return
    if one.port not in service.ports:
        there = ", ".join(map(str, service.ports)) or "none"
        yield Problem((*place, "port"), f"Service {name} has no port {one.port}; its ports are {there}", "one of them")
    carries = service.ports.get(one.port)
    if one.protocol and carries and (one.protocol in HTTP_PROTOCOLS) != (carries in HTTP_PROTOCOLS):
        yield Problem(
            (*place, "protocol"),
            f"port {one.port} of Service {name} carries {carries}, and proxies on the cluster's network treat it so: "
            f"calls by {one.host} as {one.protocol} would go past the mesh there",
            f"nothing, or {carries}",
        )
    if service.cluster_ip in ("", HEADLESS):
        yield Problem(
            (*place, "service"),
            f"Service {name} has no address of its own (headless), so its name can lead nowhere on a machine",
            f"nothing here: machines call it as {one.real_host}",
        )
    if not one.service_account and not service.service_accounts:
        yield Problem(
            (*place, "serviceAccount"),
            f"Service {name} has no pods now, so nobody can tell who may answer for it",
            "the service account of its pods",
        )
    if known_far and service.without_sidecar and not service.injects:
        yield Problem(
            (*place, "service"),
            f"pods of {name} have no sidecar ({_some(service.without_sidecar)}), and the gateway passes mutual TLS "
            "on, which they can't answer",
            f"a service whose pods have one: `kubectl label namespace {one.namespace} istio-injection=enabled` and "
            "restart its pods; or `machines` with such on the cluster's network only",
        )


def _warnings(one: ExposedConfiguration, service: SeenService, known_far: bool) -> Iterator[str]:
    name = f"{one.namespace}/{one.service}"
    if known_far and service.without_sidecar and service.injects:
        yield (
            f"{one.host}: pods of {name} are older than the mesh and have no sidecar "
            f"({_some(service.without_sidecar)}). Calls from other networks fail until they are restarted: "
            f"kubectl -n {one.namespace} rollout restart deployment"
        )
    if service.exists and not service.pods:
        yield f"{one.host}: Service {name} has no pods now"


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:3])
    return shown if len(names) <= 3 else f"{shown} and {len(names) - 3} more"  # noqa: PLR2004 - enough to find them
