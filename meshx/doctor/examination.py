"""One examination of a stack: its cluster first, then all machines at once."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from meshx.cluster.cluster_client import NOT_ALLOWED, Cluster, ClusterError
from meshx.config.errors.problems import ConfigurationError
from meshx.config.moved_settings import moved_in_cluster, moved_settings
from meshx.config.owner import Owner
from meshx.config.resolved import Machine
from meshx.config.stack import StackConfiguration
from meshx.control_plane.unfit_mesh import UnfitMeshError
from meshx.doctor.checks.artefacts_check import check_artefacts
from meshx.doctor.checks.dns_stub_check import check_dns_stub
from meshx.doctor.classic_mesh import ClassicMesh
from meshx.doctor.control_plane_settings import control_plane_settings
from meshx.doctor.finding import Finding, fault, fine, note, unknown
from meshx.doctor.istiod_mesh import IstiodMesh
from meshx.doctor.machine_view import look_at_machine
from meshx.doctor.planned_exposure import unfit
from meshx.doctor.symptoms import Questions, Symptoms
from meshx.istio.versions import IstioLine
from meshx.join.bundle import Package
from meshx.join.package import Packages
from meshx.machine.join_inputs import JoinInputs
from meshx.machine.machine_errors import MachineError, UnfitMachineError, UnreachableError
from meshx.machine.observation import Observation
from meshx.machine.ssh.keys import PrivateKey
from meshx.plugin_base.custom_resource import ResourceError

AT_ONCE = 8
"""How many machines it looks at simultaneously."""


@dataclass(frozen=True)
class Examined:
    """The findings on one thing: the cluster, or a machine."""

    name: str
    findings: Sequence[Finding]


class ExaminedMesh(Protocol):
    """A mesh of one line: what its cluster said, and what follows for its machines."""

    cluster_error: str
    """Why it could not look at the cluster, "" if it could."""

    def __init__(self, configuration: StackConfiguration, cluster: Cluster, owner: Owner) -> None: ...

    def look(self) -> Iterator[Finding]:
        """Look at the cluster and judge it, with the program's own look-ups and refusals.

        Raises ClusterError if the cluster does not answer; UnfitMeshError or ResourceError if machines cannot join the
        mesh as configured; ConfigurationError if machines can't work in it.
        """
        ...

    def wanted(self, machine: Machine, package: Package) -> JoinInputs:
        """What the machine should be, without what the cluster does not tell."""
        ...

    def questions(self, machine: Machine) -> Questions:
        """The questions for the machine."""
        ...

    def examine(
        self, machine: Machine, wanted: JoinInputs, asked: Questions, seen: Observation, symptoms: Symptoms
    ) -> list[Finding]:
        """Judge a machine by what it is and can do, and by what the cluster has of it."""
        ...


MESHES: dict[IstioLine, type[ExaminedMesh]] = {IstioLine.ISTIOD: IstiodMesh, IstioLine.CLASSIC: ClassicMesh}


@dataclass(frozen=True)
class _ExaminedStack:
    """A stack whose cluster was looked at, and how to get to its machines."""

    mesh: ExaminedMesh
    packages: Mapping[str, Package]
    """By the machine's name."""
    key: PrivateKey


def examine_stack(configuration: StackConfiguration, machines: Iterable[Machine], owner: Owner) -> list[Examined]:
    """Examine a stack's cluster and the given machines; a failure on the way becomes a finding itself.

    ``owner``: whose the stack's objects are.
    """
    kubeconfig = configuration.cluster.kubeconfig_file
    cluster = Cluster(
        str(kubeconfig.path) if kubeconfig else None,
        configuration.cluster.context,
        configuration.kubeconfig.get_secret_value() or None,
    )
    mesh = MESHES[configuration.mesh.line](configuration, cluster, owner)
    findings = list(check_artefacts(moved_settings(configuration)))
    try:
        for finding in _judged(mesh):
            findings.append(finding)
        findings += check_dns_stub(cluster, configuration, owner)
        settings = control_plane_settings(cluster, configuration.mesh)
        findings += check_artefacts(moved_in_cluster(configuration.mesh, settings))
    except ClusterError as error:
        mesh.cluster_error = str(error)
        findings.append(_cluster_finding(error, configuration.cluster.context))
    examined = [Examined(f"cluster {configuration.cluster.context}", findings)]
    chosen = list(machines)
    if chosen:
        examined += asyncio.run(_examine_machines(_ExaminedStack(mesh, _packages(chosen), _key(configuration)), chosen))
    return examined


def _judged(mesh: ExaminedMesh) -> Iterator[Finding]:
    """The findings on the cluster, up to the refusal with which the program would end; ClusterError."""
    try:
        yield from mesh.look()
    except ClusterError:
        raise
    except ConfigurationError as error:
        yield from unfit("networks", error)
    except (UnfitMeshError, ResourceError) as error:
        yield fault("control plane", str(error), "the stack's file says something else", "what stands before this")


async def _examine_machines(stack: _ExaminedStack, machines: Sequence[Machine]) -> list[Examined]:
    free = asyncio.Semaphore(AT_ONCE)

    async def one(machine: Machine) -> Examined:
        async with free:
            return Examined(machine.name, await _examine_machine(stack, machine))

    return list(await asyncio.gather(*map(one, machines)))


async def _examine_machine(stack: _ExaminedStack, machine: Machine) -> list[Finding]:
    if not machine.is_logged_in_to:
        return [
            note(
                "SSH",
                "not looked at: an instance joins by itself and is not logged in to; its serial console "
                "says how it goes",
            )
        ]
    mesh = stack.mesh
    wanted = mesh.wanted(machine, stack.packages[machine.name])
    asked = mesh.questions(machine)
    warnings: list[str] = []
    try:
        seen, symptoms = await look_at_machine(wanted, stack.key, asked, warnings)
    except MachineError as error:
        return [_session_finding(error)]
    findings = await asyncio.to_thread(mesh.examine, machine, wanted, asked, seen, symptoms)
    login = f"{wanted.connection.login.user}@{wanted.connection.login.host}"
    return [fine("SSH", login), *(note("SSH", warning) for warning in warnings), *findings]


def _cluster_finding(error: ClusterError, context: str) -> Finding:
    if error.status in NOT_ALLOWED:
        return unknown("API", str(error))
    return fault(
        "API",
        str(error),
        "the cluster is down or out of reach from this computer, or meshx:cluster names another",
        f"`kubectl --context {shlex.quote(context)} get nodes` with the same kubeconfig; correct meshx:cluster",
    )


def _session_finding(error: MachineError) -> Finding:
    """What keeps the doctor from looking; then nothing else of the machine is known."""
    if isinstance(error, UnreachableError):
        # The texts of meshx/machine/ssh end with the remedy.
        found, _, remedy = str(error).rpartition(": ")
        cause = "the machine is down or out of reach, is not the one that is meant, or does not let us in"
        return fault("SSH", found, cause, remedy)
    if isinstance(error, UnfitMachineError):
        return fault("SSH", str(error), "the machine lacks something that meshx needs", "as said there")
    cause = "the session broke off, or the machine is busy or ill"
    return fault("SSH", str(error), cause, "try again; then look at the machine's load and its system log")


def _packages(machines: Iterable[Machine]) -> dict[str, Package]:
    packages = Packages()
    return {machine.name: packages.of(machine.sidecar) for machine in machines}


def _key(configuration: StackConfiguration) -> PrivateKey:
    file = configuration.ssh.private_key_file
    text = configuration.ssh_private_key.get_secret_value()
    return PrivateKey(str(file.path) if file else None, text or None, configuration.ssh.private_key_variable)
