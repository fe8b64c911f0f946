"""A mesh of Istio 1.1 to 1.4 under examination: its cluster, and what follows for each machine."""

from __future__ import annotations

from collections.abc import Iterator

from meshx.cluster.cluster_client import Cluster
from meshx.config.owner import Owner
from meshx.config.resolved import Machine
from meshx.config.stack import StackConfiguration
from meshx.config.stack_networks import has_others
from meshx.control_plane.exposed_services import classic_exposure
from meshx.control_plane.functions import asking
from meshx.control_plane.running_classic_mesh import classic_facts, classic_networks, classic_told, running_citadel
from meshx.doctor.checks import examine_classic
from meshx.doctor.checks.classic_cluster_check import check_classic_cluster
from meshx.doctor.classic_cluster_view import ClassicClusterView, look_at_classic_cluster
from meshx.doctor.classic_machine_view import ClassicMachineView
from meshx.doctor.classic_records import ClassicRecords, look_at_endpoints, look_at_records
from meshx.doctor.classic_wanted import classic_questions, classic_wanted_inputs
from meshx.doctor.finding import Finding, fine
from meshx.doctor.planned_exposure import judged_exposure
from meshx.doctor.proxy_ports import classic_sidecar_ports
from meshx.doctor.symptoms import Questions, Symptoms
from meshx.doctor.wanted import known_gateway
from meshx.exposure.plan import ExposurePlan
from meshx.istio.classic_versions import classic_version
from meshx.istio.expansion_command import upgrade_command
from meshx.istio.namespaces import SYSTEM_NAMESPACE
from meshx.istio.versions import minor_version
from meshx.join.bundle import Package
from meshx.machine.join_inputs import JoinInputs
from meshx.machine.observation import Observation

EVERYWHERE = "0.0.0.0/0"


class ClassicMesh:
    """What the cluster said of such a mesh, as far as it answered."""

    def __init__(self, configuration: StackConfiguration, cluster: Cluster, owner: Owner) -> None:
        self._configuration = configuration
        self._cluster = cluster
        self._owner = owner
        self._across_networks = has_others(configuration)
        self._view: ClassicClusterView | None = None
        self._facts = classic_facts(configuration.mesh, self._across_networks, "", None)
        self._exposure = ExposurePlan()
        self._endpoints: dict[str, dict[tuple[str, int], str]] = {}
        self.cluster_error = ""

    def look(self) -> Iterator[Finding]:
        """Look at the cluster and judge it; raises what stops the examination, see ExaminedMesh."""
        configuration = self._configuration
        self._view = view = look_at_classic_cluster(self._cluster, configuration, self._across_networks)
        yield fine("API", "answers")
        yield from check_classic_cluster(view, classic_told(configuration), configuration.mesh, self._across_networks)
        mesh, ask = configuration.mesh, asking(self._cluster)
        running = None
        if not mesh.install.control_plane:
            command = upgrade_command(classic_version(minor_version(mesh.istio_version)), self._across_networks)
            running = running_citadel(configuration, SYSTEM_NAMESPACE, self._across_networks, command, ask)
        self._facts = classic_facts(mesh, self._across_networks, view.services, running)
        networks = classic_networks(configuration)
        # If it is unknown, no address counts as one that leads nowhere.
        services = view.services or EVERYWHERE
        self._exposure, said = judged_exposure(
            lambda: classic_exposure(configuration, networks, services, self._owner, ask)
        )
        yield from said
        for machine in configuration.machines:
            self._endpoints[machine.name] = look_at_endpoints(self._cluster, machine.name, self._exposure)

    def wanted(self, machine: Machine, package: Package) -> JoinInputs:
        """What the machine should be."""
        names = self._exposure.names_of(machine.name)
        return classic_wanted_inputs(machine, self._facts, self._gateway_address, package, names)

    def questions(self, machine: Machine) -> Questions:
        """The questions for the machine."""
        endpoints = self._endpoints.get(machine.name, {})
        return classic_questions(machine, self._configuration.mesh, self._gateway_address, self._exposure, endpoints)

    def examine(
        self, machine: Machine, wanted: JoinInputs, asked: Questions, seen: Observation, symptoms: Symptoms
    ) -> list[Finding]:
        """Judge a machine by what it is and can do, and by what the cluster has of it."""
        if self._view is None:
            records = ClassicRecords(wanted.bundle["identity"]["secret"], unknown=self.cluster_error)
        else:
            records = look_at_records(self._cluster, machine, wanted)
        return examine_classic(
            ClassicMachineView(
                machine,
                wanted,
                asked,
                seen,
                symptoms,
                control_plane="Pilot",
                sidecar_ports=classic_sidecar_ports(minor_version(self._configuration.mesh.istio_version)),
                programs=("node_agent", "pilot-agent", "envoy"),
                records=records,
            )
        )

    @property
    def _gateway_address(self) -> str | None:
        found = self._view.gateway_service if self._view else None
        gateway = known_gateway(classic_told(self._configuration), found)
        return gateway.host if gateway else None
