"""What is called: services of the cluster and of workloads, single machines, the control plane, by their names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from meshx.config.identity import spiffe_id
from meshx.config.machine import Group, Machine
from meshx.config.ports import PortConfiguration
from meshx.config.stack import StackConfiguration
from meshx.config.workload import WorkloadConfiguration
from meshx.exposure.plan import HTTP_PROTOCOLS, ExposurePlan, Offer
from meshx.gce.firewall_rules import Member, member
from meshx.join.facts import ControlPlaneFacts
from meshx.join.hosts import DISCOVERY_PORT, istiod_host
from meshx.reachability.callers import BARE_PODS, PODS, group_label, in_vpc

MANY = "<machine>"
"""Stands in a name for each of several machines."""
ANY_SERVICE = "<service>.<namespace>.svc.cluster.local"
"""Stands for the own name of any service of the cluster."""


class Known(Enum):
    """By what a name is known."""

    SERVICE = "a Service of Kubernetes"
    ENTRY = "a ServiceEntry, which only proxies know"
    CONTROL_PLANE = "a hosts line to the gateway"
    NOTHING = "nothing"


class Callers(Enum):
    """Whose calls of it are looked at."""

    ALL = "pods and machines"
    MACHINES = "machines"


@dataclass(frozen=True)
class Endpoint:
    """Where calls end, alike for all that it stands for.

    addresses: `ip:port` by the machine's name; none for pods, and for the instances of a group. mutual_tls: whether it
    has a sidecar that answers it. identities: the SPIFFE identities that callers demand; none where istiod finds them
    out from the pods. instances: by what firewalls go by, None where these are no instances.
    """

    label: str
    network: str
    mutual_tls: bool
    identities: tuple[str, ...] = ()
    addresses: tuple[tuple[str, str], ...] = ()
    instances: Member | None = None

    @property
    def are_machines(self) -> bool:
        """Whether calls end at machines, and not at pods."""
        return bool(self.addresses) or self.instances is not None


@dataclass(frozen=True)
class Destination:
    """A name and a port that is called.

    machines: those that MANY in the host stands for. where: which of all these are, "" for a single one. by_name:
    whether proxies choose by the name in the request (HTTP) and not by address. address: the one that its Service or
    ServiceEntry states, "" where that is not known here. near: what proxies on the cluster's network call in its
    place, None for nothing else. through_gateway: whether its only endpoint is the gateway, whoever calls.
    """

    host: str
    port: int
    known: Known
    callers: Callers
    endpoints: tuple[Endpoint, ...] = ()
    by_name: bool = True
    address: str = ""
    machines: tuple[str, ...] = ()
    where: str = ""
    near: Destination | None = None
    through_gateway: bool = False

    @property
    def title(self) -> str:
        """What it is called in a table."""
        port = f":{self.port}" if self.port else ""
        if self.host != ANY_SERVICE:
            return f"{self.host}{port}"
        return f"{self.host} of {self.endpoints[0].label}"


def destinations(
    configuration: StackConfiguration, facts: ControlPlaneFacts, exposure: ExposurePlan
) -> tuple[Destination, ...]:
    """All that is called in a stack. What services of the cluster there are it does not know, so two stand for any."""
    machines: dict[tuple[str, str], list[Machine]] = {}
    for machine in configuration.machines:
        machines.setdefault((machine.workload.namespace, machine.workload.name), []).append(machine)
    groups = {(group.workload.namespace, group.workload.name): group for group in configuration.groups}
    return (
        _control_plane(facts),
        *(one for offer in exposure.offers for one in _exposed(offer, facts)),
        *(_any_service(facts, sidecar) for sidecar in (True, False)),
        *(
            one
            for workload in configuration.workloads
            for name in [(workload.namespace, workload.name)]
            for one in _workload(workload, machines.get(name, []), groups.get(name), facts)
        ),
    )


def _control_plane(facts: ControlPlaneFacts) -> Destination:
    end = Endpoint("istiod", facts.network, mutual_tls=False)
    return Destination(istiod_host(facts), DISCOVERY_PORT, Known.CONTROL_PLANE, Callers.MACHINES, (end,))


def _any_service(facts: ControlPlaneFacts, sidecar: bool) -> Destination:
    end = Endpoint(PODS if sidecar else BARE_PODS, facts.network, sidecar)
    return Destination(ANY_SERVICE, 0, Known.SERVICE, Callers.MACHINES, (end,))


def _exposed(offer: Offer, facts: ControlPlaneFacts) -> Iterator[Destination]:
    """A service of the cluster by its own name, and by its `.global` name (meshx/exposed.py)."""
    exposed = offer.exposed
    pods = f"pods of {exposed.namespace}/{exposed.service}"
    own = Destination(
        host=exposed.real_host,
        port=exposed.port,
        known=Known.SERVICE,
        callers=Callers.MACHINES,
        endpoints=(Endpoint(pods, facts.network, offer.has_sidecars),),
        by_name=offer.is_http,
        address=offer.near_names[offer.exposed.host],
    )
    yield own
    yield Destination(
        host=exposed.host,
        port=exposed.port,
        known=Known.ENTRY,
        callers=Callers.MACHINES,
        endpoints=(Endpoint(pods, facts.network, offer.has_sidecars, offer.identities),),
        by_name=offer.is_http,
        address=offer.address,
        near=own if offer.near else None,
        through_gateway=True,
    )


def _workload(
    workload: WorkloadConfiguration, machines: list[Machine], group: Group | None, facts: ControlPlaneFacts
) -> Iterator[Destination]:
    """A workload's Service, and its single machines: one destination for all of a network.

    Single instances of a group are called by no name.
    """
    if not workload.ports:
        yield Destination(workload.host, 0, Known.NOTHING, Callers.ALL)
        return
    neighbours = _neighbours(machines, facts.network)
    for port in workload.ports:
        ends = tuple(_endpoint(those, port, facts) for those in neighbours)
        all_ends = (*ends, _group_endpoint(group, facts)) if group else ends
        by_name = port.carries in HTTP_PROTOCOLS
        yield Destination(workload.host, port.port, Known.SERVICE, Callers.ALL, all_ends, by_name)
        for those, end in zip(neighbours, ends, strict=True):
            yield Destination(
                host=workload.machine_service_host(those[0].name if len(those) == 1 else MANY),
                port=port.port,
                known=Known.ENTRY,
                callers=Callers.ALL,
                endpoints=(end,),
                by_name=by_name,
                machines=tuple(machine.name for machine in those),
                where=_where(end, ends) if len(those) > 1 else "",
            )


def _neighbours(machines: list[Machine], own: str) -> list[list[Machine]]:
    """The machines by where they are: on which network, and of instances in which VPC network."""
    found: dict[tuple[str, str], list[Machine]] = {}
    for machine in machines:
        instances = member(machine, own)
        found.setdefault((machine.network or own, instances.vpc if instances else ""), []).append(machine)
    return [found[place] for place in sorted(found)]


def _where(end: Endpoint, ends: Sequence[Endpoint]) -> str:
    """Which of a workload's machines: those on a network, of those in several VPC networks on it one's."""
    network = f" on {end.network}"
    if sum(one.network == end.network for one in ends) == 1:
        return network
    return network + in_vpc(end.instances.vpc if end.instances else "")


def _endpoint(machines: list[Machine], port: PortConfiguration, facts: ControlPlaneFacts) -> Endpoint:
    """The machines of a workload on one network, and of one VPC network if they are instances.

    Their proxies answer mutual TLS, since their entries name a service account
    (istio/pilot/pkg/serviceregistry/serviceentry/conversion.go, getTLSModeFromWorkloadEntry).
    """
    workload = machines[0].workload
    return Endpoint(
        label=counted([machine.name for machine in machines]),
        network=machines[0].network or facts.network,
        mutual_tls=True,
        identities=(spiffe_id(facts.trust_domain, workload.namespace, workload.account),),
        addresses=tuple((machine.name, f"{machine.address}:{port.listens_on}") for machine in machines),
        instances=member(machines[0], facts.network),
    )


def _group_endpoint(group: Group, facts: ControlPlaneFacts) -> Endpoint:
    """The instances of a group: they register by themselves, with their workload's service account as well."""
    workload = group.workload
    return Endpoint(
        label=group_label(workload),
        network=group.network or facts.network,
        mutual_tls=True,
        identities=(spiffe_id(facts.trust_domain, workload.namespace, workload.account),),
        instances=member(group, facts.network),
    )


def counted(names: list[str]) -> str:
    """Some names: all of a few, or the first and how many there are."""
    few = 3
    return ", ".join(names) if len(names) <= few else f"{names[0]} and {len(names) - 1} more"
