"""The workloads of a stack and their single machines, as destinations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from meshx.config.resolved import Group, Machine
from meshx.config.sections.ports import PortConfiguration
from meshx.config.sections.workload import WorkloadConfiguration
from meshx.config.stack import StackConfiguration
from meshx.google_cloud.firewall_rules import member
from meshx.istio.protocols import HTTP_PROTOCOLS
from meshx.join.facts import ControlPlaneFacts
from meshx.reachability.callers import group_label, workload_label
from meshx.reachability.destinations import MANY, Callers, Destination, Endpoint, NameSource, counted
from meshx.reachability.places import Place, place_of, which_on_network


def workload_destinations(configuration: StackConfiguration, facts: ControlPlaneFacts) -> Iterator[Destination]:
    """Every workload in the order of the file."""
    machines: dict[tuple[str, str], list[Machine]] = {}
    for machine in configuration.machines:
        machines.setdefault((machine.workload.namespace, machine.workload.name), []).append(machine)
    groups = {(group.workload.namespace, group.workload.name): group for group in configuration.groups}
    for workload in configuration.workloads:
        name = (workload.namespace, workload.name)
        yield from _workload(workload, machines.get(name, []), groups.get(name), facts)


def _workload(
    workload: WorkloadConfiguration, machines: list[Machine], group: Group | None, facts: ControlPlaneFacts
) -> Iterator[Destination]:
    """A workload's Services, and its single machines by name and address: one destination for all of a network.

    Single machines have names for the ports of the workload's own Service; single instances of a group have none.
    """
    if not workload.ports:
        yield Destination(workload.host, 0, NameSource.NOTHING, Callers.ALL)
        return
    neighbours: dict[Place, list[Machine]] = {}
    for machine in machines:
        neighbours.setdefault(place_of(machine), []).append(machine)
    for host, port in ((service.host, port) for service in workload.served for port in service.ports):
        ends = {place: _endpoint(neighbours[place], port, facts) for place in sorted(neighbours)}
        all_ends = (*ends.values(), *([_group_endpoint(group, facts)] if group else []))
        by_name = port.carries in HTTP_PROTOCOLS
        yield Destination(host, port.port, NameSource.SERVICE, Callers.ALL, all_ends, by_name)
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
            one = names[0] if len(names) == 1 else f"a machine of {workload_label(workload)}"
            yield _by_address(one, port, end, where)
        if group:
            yield _by_address(f"an instance of {workload_label(workload)}", port, all_ends[-1])


def _by_address(which: str, port: PortConfiguration, end: Endpoint, where: str = "") -> Destination:
    """Machines by address only, which is all that pods without a sidecar can call."""
    return Destination(
        host=f"<address of {which}>",
        port=port.listens_on,
        name_source=NameSource.ADDRESS,
        callers=Callers.BARE_PODS,
        endpoints=(end,),
        where=where,
    )


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
        addresses=tuple((machine.name, f"{machine.address}:{port.listens_on}") for machine in machines),
        instances=member(machines[0]),
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
    )
