"""The whole topology of one stack, composed."""

from typing import TYPE_CHECKING, Any, TypedDict, cast

import pulumi
import pulumi_kubernetes as kubernetes

from meshx.cluster.ownership import owned_labels, owner
from meshx.components.lines import ISTIO_LINES
from meshx.components.shared.api_server import ApiServer, api_server, refuse_without_way
from meshx.components.shared.command_login import command_login
from meshx.components.shared.control_plane_interface import ControlPlane
from meshx.components.shared.dns_stub import DnsStub
from meshx.components.shared.gke_cluster import gke_facts
from meshx.components.shared.package import sidecar_package
from meshx.components.shared.reachability_table import ReachabilityTable
from meshx.components.shared.renewal_rights import RenewalRights
from meshx.components.shared.ssh_machine import SshMachine
from meshx.config.moved_settings import moved_settings
from meshx.config.resolved import Machine
from meshx.config.sections.sidecar import SidecarConfiguration
from meshx.config.sections.workload import WorkloadConfiguration
from meshx.config.stack import StackConfiguration
from meshx.exposure.plan import Offer
from meshx.istio.identities import spiffe_id
from meshx.join.bundle import Package
from meshx.join.facts import ControlPlaneFacts
from meshx.reachability.picture import picture
from meshx.stack.hooks import owned
from meshx.stack.protection import protecting

if TYPE_CHECKING:
    from meshx.components.gce.compute_engine import ComputeEngine


class MeshArgs(TypedDict):
    """What a mesh is made of."""

    configuration: StackConfiguration


class Mesh(pulumi.ComponentResource):
    """Control plane, gateways, workloads and machines of one stack.

    **Pulumi Type:** `meshx:index:Mesh`. Wants a Kubernetes provider and meshx's own among its `providers`.
    """

    control_plane: dict[str, Any]
    """`{version, gatewayAddress, clusterName, network}`."""
    machines: dict[str, Any]
    """`{name: {address, network, workload, identity}}`: workload as `<namespace>/<name>`, identity as a SPIFFE URI."""
    services: dict[str, str]
    """`{name: host:port}` of every service that machines offer, single machines included."""
    exposed: dict[str, str]
    """`{namespace/service: host:port}` of every service of the cluster that machines know by a name of its own."""
    topology: str
    """Who reaches what as a Mermaid flowchart; empty where nobody calls anybody."""

    def __init__(self, name: str, args: MeshArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        self._configuration = args["configuration"]
        self._packages: dict[SidecarConfiguration | None, Package] = {}
        stack = owner(pulumi.get_project(), pulumi.get_stack())
        self._labels = owned_labels(stack, self._configuration.labels)
        checked = pulumi.ResourceOptions(
            transformations=[
                owned(self._configuration.cluster, stack, name),
                *([protecting] if self._configuration.environment.protect else []),
            ]
        )
        super().__init__("meshx:index:Mesh", name, None, pulumi.ResourceOptions.merge(opts, checked))
        for moved in moved_settings(self._configuration):
            pulumi.log.warn(str(moved), self)
        self._line = ISTIO_LINES[self._configuration.mesh.line]
        self._preflight = self._line.preflight(self._configuration, stack, self)
        # From here on with what the mesh says its network is called.
        self._configuration = self._preflight.configuration
        self.topology = self._reachability()
        self._control_plane = self._line.control_plane(
            self._configuration, self._preflight, self._labels, pulumi.ResourceOptions(parent=self)
        )
        for offer in self._preflight.exposure.offers:
            if offer.address:
                self._expose(offer)
        self._dns(stack)
        self._compute_engine = self._instances(stack) if self._configuration.has_instances else None
        self._api_server = self._asked_for_tokens()
        namespaces = self._namespaces()
        for workload in self._configuration.workloads:
            self._workload(workload, namespaces.get(workload.namespace, []))
        self.control_plane = _described(self._configuration, self._control_plane)
        self.machines = _machines(self._configuration, self._control_plane.facts)
        self.services = _services(self._configuration)
        self.exposed = {
            f"{offer.exposed.namespace}/{offer.exposed.service}": f"{offer.host}:{offer.exposed.port}"
            for offer in self._preflight.exposure.offers
        }
        self.register_outputs(
            {
                "controlPlane": self.control_plane,
                "machines": self.machines,
                "services": self.services,
                "exposed": self.exposed,
                "topology": self.topology,
            }
        )

    def _reachability(self) -> str:
        connections = self._preflight.connections
        if not connections:
            return ""
        ReachabilityTable("reachability", {"connections": connections}, pulumi.ResourceOptions(parent=self))
        return picture(connections, self._configuration.mesh.network)

    def _expose(self, offer: Offer) -> None:
        self._line.expose(
            f"exposed/{offer.exposed.namespace}/{offer.exposed.service}",
            {
                "offer": offer,
                "network": self._configuration.mesh.network,
                "gateway_address": self._control_plane.gateway_address,
                "labels": self._labels,
                "ready": self._control_plane.ready,
            },
            pulumi.ResourceOptions(parent=self),
        )

    def _dns(self, owner_name: str) -> None:
        dns = self._configuration.dns
        servers = list(dns.servers) or (self._control_plane.name_servers if dns.istiocoredns else [])
        if servers:
            DnsStub(
                "dns-stub",
                {"domain": dns.domain, "servers": servers, "kind": dns.kind, "owner": owner_name},
                pulumi.ResourceOptions(parent=self),
            )

    def _instances(self, stack: str) -> "ComputeEngine":
        """What all instances of Compute Engine share."""
        # Imported here: what describes Google Cloud takes ten times as long to load as all the rest.
        from meshx.components.gce.compute_engine import ComputeEngine  # noqa: PLC0415

        return ComputeEngine(
            "compute-engine",
            {
                "configuration": self._configuration,
                "owner": stack,
                "labels": self._labels,
                "control_plane": self._control_plane,
                "terms": self._line.instance_terms,
                "selector": self._preflight.gateway_selector,
            },
            pulumi.ResourceOptions(parent=self),
        )

    def _asked_for_tokens(self) -> ApiServer | None:
        """The API server as machines reach it that renew their token themselves; None where none does."""
        configuration = self._configuration
        if not any(machine.renew_as for machine in configuration.machines):
            return None
        server = api_server(configuration, gke_facts(configuration.cluster.context, self), self)
        refuse_without_way(configuration, server)
        return server

    def _renewal_rights(self, machine: Machine, ready: list[pulumi.Resource]) -> list[pulumi.Resource]:
        if not machine.renew_as:
            return []
        rights = RenewalRights(
            machine.logical_name,
            {"machine": machine, "labels": self._labels, "ready": ready},
            pulumi.ResourceOptions(parent=self),
        )
        return [rights.binding]

    def _package(self, sidecar: SidecarConfiguration | None) -> Package:
        """A package, summed up once for all machines that share it."""
        if sidecar not in self._packages:
            self._packages[sidecar] = sidecar_package(sidecar)
        return self._packages[sidecar]

    def _namespaces(self) -> dict[str, list[pulumi.Resource]]:
        """The namespaces to create: one for all the workloads that share it."""
        wanted = {workload.namespace for workload in self._configuration.workloads if workload.create_namespace}
        return {
            namespace: [
                kubernetes.core.v1.Namespace(
                    namespace,
                    metadata={"name": namespace, "labels": self._labels},
                    opts=pulumi.ResourceOptions(parent=self),
                )
            ]
            for namespace in sorted(wanted)
        }

    def _workload(self, workload: WorkloadConfiguration, namespace: list[pulumi.Resource]) -> None:
        configuration, control_plane = self._configuration, self._control_plane

        def make_machine(
            machine: Machine, ready: list[pulumi.Resource], opts: pulumi.ResourceOptions
        ) -> pulumi.Resource:
            ready = [*ready, *self._renewal_rights(machine, ready)]
            membership = self._line.membership(
                configuration,
                {
                    "machine": machine,
                    "package": self._package(machine.sidecar),
                    "labels": self._labels,
                    "names": self._preflight.exposure.names_of(machine.name),
                    "control_plane": control_plane,
                    "api_server": self._api_server if machine.renew_as else None,
                    "ready": ready,
                },
            )
            if machine.gce is not None and self._compute_engine is not None:
                return self._compute_engine.machine(machine, machine.gce, membership, ready, opts)
            return SshMachine(
                machine.logical_name,
                {
                    "machine": machine,
                    "membership": membership,
                    "ready": ready,
                    "command_login": command_login(configuration, machine),
                },
                opts,
            )

        def make_group(ready: list[pulumi.Resource], opts: pulumi.ResourceOptions) -> pulumi.Resource:
            group = next(one for one in configuration.groups if one.workload is workload)
            engine = cast("ComputeEngine", self._compute_engine)
            return engine.group(group, self._package(group.sidecar), ready, opts)

        self._line.workload(
            f"{workload.namespace}/{workload.name}",
            {
                "workload": workload,
                "machines": [machine for machine in configuration.machines if machine.workload is workload],
                "network": configuration.network_of(workload),
                "facts": control_plane.facts,
                "labels": self._labels,
                "ready": [*namespace, *control_plane.ready],
                "make_machine": make_machine,
                "make_group": make_group if workload.group else None,
            },
            pulumi.ResourceOptions(parent=self),
        )


def _described(configuration: StackConfiguration, control_plane: ControlPlane) -> dict[str, Any]:
    facts = control_plane.facts
    return {
        "version": configuration.mesh.istio_version,
        "gatewayAddress": control_plane.gateway_address,
        "clusterName": facts.cluster_name,
        "network": facts.network,
    }


def _machines(configuration: StackConfiguration, facts: ControlPlaneFacts) -> dict[str, Any]:
    return {
        machine.name: {
            "address": machine.address,
            "network": machine.network,
            "workload": f"{machine.workload.namespace}/{machine.workload.name}",
            "identity": spiffe_id(facts.trust_domain, machine.workload.namespace, machine.workload.account),
        }
        for machine in configuration.machines
    }


def _services(configuration: StackConfiguration) -> dict[str, str]:
    """Every service by name, `host:port`: the first port under the service's name, each further one as `name:port`."""
    services: dict[str, str] = {}
    for workload in configuration.workloads:
        hosts = {f"{workload.namespace}/{workload.name}": workload.host} | {
            f"{workload.namespace}/{workload.name}/{machine.name}": workload.machine_service_host(machine.name)
            for machine in workload.machines
        }
        for service, host in hosts.items():
            for position, port in enumerate(workload.ports):
                services[service if position == 0 else f"{service}:{port.name}"] = f"{host}:{port.port}"
    return services
