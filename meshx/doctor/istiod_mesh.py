"""A mesh of Istio 1.20 and later under examination: its cluster, and what follows for each machine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from meshx.cluster.cluster_client import Cluster, ClusterError
from meshx.cluster.denials import is_denied
from meshx.cluster.proxy_connections import connected_proxies
from meshx.config.owner import Owner
from meshx.config.resolved import Machine
from meshx.config.stack import StackConfiguration
from meshx.control_plane.ambient.ambient_mode import ambient_words
from meshx.control_plane.exposed_services import istiod_exposure
from meshx.control_plane.former.former_mesh import former_mesh
from meshx.control_plane.functions import asking
from meshx.control_plane.installed_facts import installed_facts
from meshx.control_plane.revisions.revision_plan import revision_plan
from meshx.control_plane.running_mesh import RunningMesh, running_gateway, running_istiod, told_by
from meshx.doctor.checks import examine
from meshx.doctor.checks.cluster_check import check_cluster
from meshx.doctor.checks.identity.authority_check import check_signing_authority
from meshx.doctor.checks.identity.clones_check import check_clones
from meshx.doctor.checks.identity.former_check import check_former, unseen_former
from meshx.doctor.checks.identity.revocation_check import check_revocations
from meshx.doctor.checks.revisions_check import check_revisions
from meshx.doctor.cluster_view import ClusterView, Entry, look_at_cluster, look_at_entry
from meshx.doctor.finding import Finding, fine, note
from meshx.doctor.machine_view import MachineView
from meshx.doctor.planned_exposure import judged_exposure
from meshx.doctor.proxy_ports import sidecar_ports
from meshx.doctor.symptoms import Questions, Symptoms
from meshx.doctor.wanted import known_gateway, questions, wanted_inputs
from meshx.exposure.plan import ExposurePlan
from meshx.istio.namespaces import SYSTEM_NAMESPACE
from meshx.join.bundle import Package
from meshx.join.gateway_endpoint import GatewayEndpoint
from meshx.machine.join_inputs import JoinInputs
from meshx.machine.observation import Observation


class IstiodMesh:
    """What the cluster said of such a mesh, as far as it answered."""

    def __init__(self, configuration: StackConfiguration, cluster: Cluster, owner: Owner) -> None:
        self._configuration = configuration
        self._cluster = cluster
        self._owner = owner
        self._view: ClusterView | None = None
        self._facts = installed_facts(configuration.mesh)
        self._exposure = ExposurePlan()
        self._machines: dict[str, Machine] = {}
        self._told = told_by(configuration, None)
        self.cluster_error = ""

    def look(self) -> Iterator[Finding]:
        """Look at the cluster and judge it; raises what stops the examination, see ExaminedMesh."""
        configuration = self._configuration
        ask = asking(self._cluster)
        plan = revision_plan(configuration, SYSTEM_NAMESPACE, self._owner, ask)
        self._configuration = configuration = plan.configuration
        mesh = configuration.mesh
        self._view = look_at_cluster(self._cluster, mesh)
        yield fine("API", "answers")
        yield from check_revisions(plan)
        try:
            yield from check_former(former_mesh(configuration, SYSTEM_NAMESPACE, ask))
        except ClusterError as error:
            yield unseen_former(error)
        yield from check_cluster(self._view, mesh, self._told)
        istiod = None if mesh.install.control_plane else running_istiod(configuration, SYSTEM_NAMESPACE, ask)
        self._facts = facts = istiod.facts if istiod else self._facts
        self._configuration = configuration = self._configuration.on_network(facts.network)
        self._machines = {machine.name: machine for machine in configuration.machines}
        self._told = told_by(configuration, istiod)
        gateway = None if mesh.install.gateway else running_gateway(configuration, facts, self._told, self._owner, ask)
        networks = RunningMesh(istiod, gateway).networks(configuration)
        self._exposure, said = judged_exposure(
            lambda: istiod_exposure(configuration, facts, networks, self._owner, ask)
        )
        yield from said
        if words := ambient_words(configuration, facts, ask):
            yield note("ambient mode", words)
        if facts.authority is not None:
            yield check_signing_authority(self._cluster, facts.authority)
        yield from check_revocations(configuration, self._is_denied)
        yield from check_clones(configuration.machines, self._connected)

    def _is_denied(self, namespace: str, account: str) -> bool:
        return is_denied(self._cluster, self._facts.root_namespace, namespace, account)

    def _connected(self) -> list[str]:
        pods = self._view.istiod if self._view else ()
        namespace = self._facts.system_namespace
        return [node for pod in pods if pod.ready for node in connected_proxies(self._cluster, namespace, pod.name)]

    def wanted(self, machine: Machine, package: Package) -> JoinInputs:
        """What the machine should be."""
        names, root = self._exposure.names_of(machine.name), self._view.root_certificate if self._view else None
        machine = self._machines.get(machine.name, machine)
        return wanted_inputs(
            self._configuration, machine, self._facts, package, gateway=self._gateway(machine), root=root, names=names
        )

    def _gateway(self, machine: Machine) -> GatewayEndpoint | None:
        return known_gateway(self._told, self._view.gateway_service if self._view else None, machine)

    def questions(self, machine: Machine) -> Questions:
        """The questions for the machine."""
        return questions(machine, self._facts, self._gateway(machine))

    def examine(
        self, machine: Machine, wanted: JoinInputs, asked: Questions, seen: Observation, symptoms: Symptoms
    ) -> list[Finding]:
        """Judge a machine by what it is and can do, and by what istiod has of it."""
        entry, entry_unknown = self._entry(machine, wanted.workload_entry)
        authority = self._facts.authority
        signer = authority.host if authority else "istiod"
        view = MachineView(machine, wanted, asked, seen, symptoms, entry, entry_unknown, signer=signer)
        return examine(replace(view, sidecar_ports=sidecar_ports(machine)))

    def _entry(self, machine: Machine, name: str | None) -> tuple[Entry | None, str]:
        if self._view is None:
            return None, self.cluster_error
        if name is None:
            return None, ""
        try:
            return look_at_entry(self._cluster, machine.workload.namespace, name), ""
        except ClusterError as error:
            return None, str(error)
