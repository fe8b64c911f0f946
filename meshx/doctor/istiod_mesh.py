"""A mesh of Istio 1.20 and later under examination: its cluster, and what follows for each machine."""

from __future__ import annotations

from collections.abc import Iterator

from meshx.cluster.cluster_client import Cluster, ClusterError
from meshx.components.istiod.control_plane import installed_facts
from meshx.config.resolved import Machine
from meshx.config.stack import StackConfiguration
from meshx.doctor.checks import examine
from meshx.doctor.checks.cluster_check import check_cluster
from meshx.doctor.cluster_view import ClusterView, Entry, control_plane_facts, look_at_cluster, look_at_entry
from meshx.doctor.finding import Finding, fine
from meshx.doctor.machine_view import MachineView
from meshx.doctor.planned_exposure import look_at_exposed
from meshx.doctor.symptoms import Questions, Symptoms
from meshx.doctor.wanted import questions, wanted_inputs
from meshx.exposure.plan import ExposurePlan, exposure_plan
from meshx.join.bundle import Package
from meshx.machine.join_inputs import JoinInputs
from meshx.machine.observation import Observation
from meshx.networks.topology import Networks


class IstiodMesh:
    """What the cluster said of such a mesh, as far as it said it."""

    def __init__(self, configuration: StackConfiguration, cluster: Cluster, owner: str) -> None:
        self._configuration = configuration
        self._cluster = cluster
        self._owner = owner
        self._view: ClusterView | None = None
        self._facts = installed_facts(configuration.mesh)
        self._exposure = ExposurePlan()
        self._machines: dict[str, Machine] = {}
        self.cluster_error = ""

    def look(self) -> Iterator[Finding]:
        """Look at the cluster and judge it; ClusterError, or ForeignControlPlaneError, where that ends on the way."""
        mesh = self._configuration.mesh
        self._view = look_at_cluster(self._cluster, mesh)
        yield fine("API", "answers")
        yield from check_cluster(self._view, mesh)
        self._facts = facts = control_plane_facts(self._cluster, mesh)
        self._configuration = self._configuration.on_network(facts.network)
        self._machines = {machine.name: machine for machine in self._configuration.machines}
        self._exposure, said = look_at_exposed(
            self._configuration,
            self._cluster,
            self._owner,
            lambda seen: exposure_plan(
                self._configuration.exposed,
                self._configuration.machines,
                seen,
                facts.trust_domain,
                Networks(own=facts.network),
            ),
        )
        yield from said

    def wanted(self, machine: Machine, package: Package) -> JoinInputs:
        """What the machine should be."""
        names = self._exposure.names_of(machine.name)
        machine = self._machines.get(machine.name, machine)
        return wanted_inputs(self._configuration, machine, self._facts, self._view, package, names=names)

    def questions(self, machine: Machine) -> Questions:
        """What the machine is asked."""
        return questions(machine, self._facts, self._view)

    def examine(
        self, machine: Machine, wanted: JoinInputs, asked: Questions, seen: Observation, symptoms: Symptoms
    ) -> list[Finding]:
        """Judge a machine by what it is and can do, and by what istiod has of it."""
        entry, entry_unknown = self._entry(machine, wanted.workload_entry)
        return examine(MachineView(machine, wanted, asked, seen, symptoms, entry, entry_unknown))

    def _entry(self, machine: Machine, name: str | None) -> tuple[Entry | None, str]:
        if self._view is None:
            return None, self.cluster_error
        if name is None:
            return None, ""
        try:
            return look_at_entry(self._cluster, machine.workload.namespace, name), ""
        except ClusterError as error:
            return None, str(error)
