"""The workloads of a stack and their single machines, as destinations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from meshx.config.resolved import Group, Machine
from meshx.config.sections.ports import PortConfiguration
from meshx.config.sections.workload import WorkloadConfiguration
from meshx.config.stack import StackConfiguration
from meshx.config.values.addresses import families, socket_address
from meshx.google_cloud.firewall_rules import Member, member
from meshx.istio.protocols import HTTP_PROTOCOLS
from meshx.join.facts import ControlPlaneFacts
from meshx.join.tunnels import tunnelled
from meshx.reachability.callers import group_label, workload_label
from meshx.reachability.destinations import MANY, Callers, Destination, Endpoint, NameSource, counted
from meshx.reachability.places import INSTANCES, Place, place_of, which_on_network


def workload_destinations(configuration: StackConfiguration, facts: ControlPlaneFacts) -> Iterator[Destination]:
    """Every workload in the order of the file."""
    machines: dict[tuple[str, str], list[Machine]] = {}
    for machine in configuration.machines:
        machines.setdefault((machine.workload.namespace, machine.workload.name), []).append(machine)
    groups = {(group.workload.namespace, group.workload.name): group for group in configuration.groups}
    pods = configuration.cluster.families
    for workload in configuration.workloads:
        name = (workload.namespace, workload.name)
        yield from _workload(workload, machines.get(name, []), groups.get(name), facts, pods)


def _workload(
    workload: WorkloadConfiguration,
    machines: list[Machine],
    group: Group | None,
    facts: ControlPlaneFacts,
    pods: tuple[int, ...],
) -> Iterator[Destination]:
    """A workload's Services, and its single machines by name and address: one destination for all of a network.

    Single machines have names for the ports of the workload's own Service; single instances of a group have none.
    """
    neighbours: dict[Place, list[Machine]] = {}
    for machine in machines:
        neighbours.setdefault(place_of(machine), []).append(machine)
    yield from _kept_out(workload, neighbours, group)
    if not workload.ports:
        yield Destination(workload.host, 0, NameSource.NOTHING, Callers.ALL)
        return
    for host, port in ((service.host, port) for service in workload.served for port in service.ports):
        ends = {place: _endpoint(neighbours[place], port, facts) for place in sorted(neighbours)}
        all_ends = (*ends.values(), *([_group_endpoint(group, facts)] if group else []))
        by_name = port.carries in HTTP_PROTOCOLS
        yield Destination(host, port.port, NameSource.SERVICE, Callers.ALL, all_ends, by_name, families=pods)
        for place, end in ends.items():
            names = tuple(machine.name for machine in neighbours[place])
            where = _where(place, ends) if len(names) > 1 else ""
            if host == workload.host:
                yield Destination(
                    host=workload.machine_service_host(names[0] if len(names) == 1 else MANY),
                    port=port.port,
                    name_source=NameSource.ENTRY,
                    callers=Callers.ALL,
                    endpoints=(end,),
                    by_name=by_name,
                    machines=names,
                    where=where,
                )
            yield _by_address(_one_of(workload, names), port.listens_on, end, where)
        if group:
            yield _by_address(_an_instance(workload), port.listens_on, all_ends[-1])


def _kept_out(
    workload: WorkloadConfiguration, neighbours: dict[Place, list[Machine]], group: Group | None
) -> Iterator[Destination]:
    """The ports of `excludeInboundPorts`, by address, for everybody: no proxy is in between there."""
    for place in sorted(neighbours):
        with_port: dict[int, list[Machine]] = {}
        for machine in neighbours[place]:
            for port in machine.uncaptured.inbound_ports:
                with_port.setdefault(port, []).append(machine)
        for port, those in sorted(with_port.items()):
            names = tuple(machine.name for machine in those)
            where = _where(place, neighbours) if len(names) > 1 else ""
            yield _by_address(_one_of(workload, names), port, _past_proxy(those, port), where, Callers.ALL)
    if group is None:
        return
    for port in workload.uncaptured.inbound_ports:
        end = Endpoint(group_label(workload), group.network, False, (), instances=_of(group, port))
        yield _by_address(_an_instance(workload), port, end, callers=Callers.ALL)


def _one_of(workload: WorkloadConfiguration, names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"a machine of {workload_label(workload)}"


def _an_instance(workload: WorkloadConfiguration) -> str:
    return f"an instance of {workload_label(workload)}"


def _by_address(
    which: str, port: int, end: Endpoint, where: str = "", callers: Callers = Callers.PAST_PROXY
) -> Destination:
    """Machines by address only, which is all that pods without a sidecar can call."""
    return Destination(
        host=f"<address of {which}>",
        port=port,
        name_source=NameSource.ADDRESS,
        callers=callers,
        endpoints=(end,),
        where=where,
    )


def _past_proxy(machines: list[Machine], port: int) -> Endpoint:
    """Machines on a port that no proxy captures."""
    return Endpoint(
        label=counted([machine.name for machine in machines]),
        network=machines[0].network,
        mutual_tls=False,
        identities=(),
        addresses=tuple((machine.name, f"{machine.address}:{port}") for machine in machines),
        instances=_of(machines[0], port),
    )


def _of(one: Machine | Group, port: int) -> Member | None:
    """What firewalls match of instances, on a port of their own."""
    found = member(one)
    return replace(found, ports=(port,)) if found else None


def _where(place: Place, among: Iterable[Place]) -> str:
    return f" on {place.network}{which_on_network(place, among)}"


def _endpoint(machines: list[Machine], port: PortConfiguration, facts: ControlPlaneFacts) -> Endpoint:
    """A workload's machines on one network, and in one VPC network if they are instances.

    Their proxies answer mutual TLS, since their entries name a service account
    (istio/pilot/pkg/serviceregistry/serviceentry/conversion.go, getTLSModeFromWorkloadEntry).
    """
    workload = machines[0].workload
    return Endpoint(
        label=counted([machine.name for machine in machines]),
        network=machines[0].network,
        mutual_tls=True,
        identities=(facts.identity(workload.namespace, workload.account),),
        addresses=tuple((machine.name, socket_address(machine.address, port.listens_on)) for machine in machines),
        instances=member(machines[0]),
        families=families([machines[0].address]),
        tunnel=tunnelled(workload, facts),
    )


def _group_endpoint(group: Group, facts: ControlPlaneFacts) -> Endpoint:
    """The instances of a group: they register by themselves, with their workload's service account as well."""
    workload = group.workload
    return Endpoint(
        label=group_label(workload),
        network=group.network,
        mutual_tls=True,
        identities=(facts.identity(workload.namespace, workload.account),),
        instances=member(group),
        families=INSTANCES,
        tunnel=tunnelled(workload, facts),
    )
