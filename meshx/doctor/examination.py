"""One examination of a stack: its cluster first, then each machine, all at once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from meshx.config.machine import Machine
from meshx.config.sidecar import SidecarConfiguration
from meshx.config.stack import StackConfiguration
from meshx.control_plane.adopted_facts import ForeignControlPlaneError
from meshx.control_plane.istiod import installed_facts
from meshx.doctor.checks import examine
from meshx.doctor.checks.cluster import check_cluster
from meshx.doctor.cluster_view import ClusterView, Entry, control_plane_facts, look_at_cluster, look_at_entry
from meshx.doctor.exposure import look_at_exposed
from meshx.doctor.finding import Finding, fault, fine, note, unknown
from meshx.doctor.machine_view import MachineView, look_at_machine
from meshx.doctor.wanted import questions, wanted_inputs
from meshx.exposure.plan import ExposurePlan
from meshx.join.bundle import Package
from meshx.join.facts import ControlPlaneFacts
from meshx.machines.package import sidecar_package
from meshx.provider.cluster_client import Cluster, ClusterError
from meshx.provider.machine_errors import MachineError, UnfitMachineError, UnreachableError
from meshx.provider.ssh_keys import PrivateKey

AT_ONCE = 8
"""Machines that are looked at at the same time."""
_NOT_ALLOWED = (401, 403)


@dataclass(frozen=True)
class Examined:
    """What was found of one thing: the cluster, or a machine."""

    name: str
    findings: Sequence[Finding]


@dataclass(frozen=True)
class _Patient:
    """A stack as its examination goes on: what the cluster said, and how to get further."""

    configuration: StackConfiguration
    cluster: Cluster
    view: ClusterView | None
    facts: ControlPlaneFacts
    packages: Mapping[str, Package]
    """By the machine's name."""
    exposure: ExposurePlan
    key: PrivateKey
    cluster_error: str


def examine_stack(configuration: StackConfiguration, machines: Iterable[Machine], owner: str) -> list[Examined]:
    """Examine the cluster of a stack and the given ones of its machines; what fails on the way is a finding itself.

    ``owner`` is the value of the stack's owner label.
    """
    kubeconfig = configuration.cluster.kubeconfig_file
    cluster = Cluster(str(kubeconfig.path) if kubeconfig else None, configuration.cluster.context)
    name = f"cluster {configuration.cluster.context}"
    mesh = configuration.mesh
    view, facts, findings, told = None, installed_facts(mesh), list[Finding](), ""
    exposure = ExposurePlan()
    try:
        view = look_at_cluster(cluster, mesh)
        findings += [fine("API", "answers"), *check_cluster(view, mesh)]
        facts = control_plane_facts(cluster, mesh)
        exposure, said = look_at_exposed(configuration, cluster, facts, owner)
        findings += said
    except ClusterError as error:
        told = str(error)
        findings.append(_cluster_finding(error))
    except ForeignControlPlaneError as error:
        findings.append(
            fault("control plane", str(error), "the stack's file says something else", "what stands before this")
        )
    examined = [Examined(name, findings)]
    chosen = list(machines)
    if chosen:
        patient = _Patient(configuration, cluster, view, facts, _packages(chosen), exposure, _key(configuration), told)
        examined += asyncio.run(_examine_machines(patient, chosen))
    return examined


async def _examine_machines(patient: _Patient, machines: Sequence[Machine]) -> list[Examined]:
    free = asyncio.Semaphore(AT_ONCE)

    async def one(machine: Machine) -> Examined:
        async with free:
            return Examined(machine.name, await _examine_machine(patient, machine))

    return list(await asyncio.gather(*map(one, machines)))


async def _examine_machine(patient: _Patient, machine: Machine) -> list[Finding]:
    if machine.gce is not None:
        return [
            note(
                "SSH",
                "not looked at: an instance joins by itself and is not logged in to; its serial console "
                "says how it goes",
            )
        ]
    names = patient.exposure.names_of(machine.name)
    package = patient.packages[machine.name]
    wanted = wanted_inputs(patient.configuration, machine, patient.facts, patient.view, package, names=names)
    asked = questions(machine, patient.facts, patient.view)
    warnings: list[str] = []
    entry, entry_unknown = await asyncio.to_thread(_entry, patient, machine, wanted.workload_entry)
    try:
        seen, symptoms = await look_at_machine(wanted, patient.key, asked, warnings)
    except MachineError as error:
        return [_session_finding(error)]
    view = MachineView(machine, wanted, asked, seen, symptoms, entry, entry_unknown)
    login = f"{wanted.connection.login.user}@{wanted.connection.login.host}"
    return [fine("SSH", login), *(note("SSH", warning) for warning in warnings), *examine(view)]


def _entry(patient: _Patient, machine: Machine, name: str | None) -> tuple[Entry | None, str]:
    if patient.view is None:
        return None, patient.cluster_error
    if name is None:
        return None, ""
    try:
        return look_at_entry(patient.cluster, machine.workload.namespace, name), ""
    except ClusterError as error:
        return None, str(error)


def _cluster_finding(error: ClusterError) -> Finding:
    if error.status in _NOT_ALLOWED:
        return unknown("API", str(error))
    return fault(
        "API",
        str(error),
        "the cluster is down or out of reach from this computer, or meshx:cluster names another",
        "`kubectl --context ... get nodes` with the same kubeconfig; correct meshx:cluster",
    )


def _session_finding(error: MachineError) -> Finding:
    """What keeps the doctor from looking; nothing else of the machine is known then."""
    if isinstance(error, UnreachableError):
        # The texts of ssh_session.py end with the remedy.
        found, _, remedy = str(error).rpartition(": ")
        cause = "the machine is down or out of reach, is not the one that is meant, or does not let us in"
        return fault("SSH", found, cause, remedy)
    if isinstance(error, UnfitMachineError):
        return fault("SSH", str(error), "the machine lacks something that meshx needs", "as said there")
    cause = "the session broke off, or the machine is busy or ill"
    return fault("SSH", str(error), cause, "try again; then look at the machine's load and its system log")


def _packages(machines: Iterable[Machine]) -> dict[str, Package]:
    """Each machine's package, summed up once for all that share it."""
    summed: list[tuple[SidecarConfiguration | None, Package]] = []
    packages: dict[str, Package] = {}
    for machine in machines:
        known = next((package for sidecar, package in summed if sidecar == machine.sidecar), None)
        packages[machine.name] = known or sidecar_package(machine.sidecar)
        if known is None:
            summed.append((machine.sidecar, packages[machine.name]))
    return packages


def _key(configuration: StackConfiguration) -> PrivateKey:
    file = configuration.ssh.private_key_file
    text = configuration.ssh_private_key.get_secret_value()
    return PrivateKey(str(file.path) if file else None, text or None)
