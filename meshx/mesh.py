"""Composes the whole topology of one stack."""

from typing import Any, TypedDict

import pulumi
import pulumi_kubernetes as kubernetes

from meshx.cluster.ownership import owned_labels
from meshx.components.lines import ISTIO_LINES
from meshx.components.machines import Machines
from meshx.components.mesh_outputs import described, exposed_by_name, machines_by_name, services_by_name
from meshx.components.resources.dns_stub import DnsStub
from meshx.components.resources.reachability_table import ReachabilityTable
from meshx.components.shared.api_server import asked_api_server
from meshx.components.shared.mesh_context import MeshContext
from meshx.components.shared.revocation_words import revocation_words
from meshx.config.moved_settings import moved_settings
from meshx.config.stack import StackConfiguration
from meshx.config.stack_networks import undeclared_networks
from meshx.reachability.picture import picture
from meshx.stack.hooks import owned
from meshx.stack.protection import protecting
from meshx.stack.running_owner import running_owner


class MeshArgs(TypedDict):
    """The arguments of a mesh."""

    configuration: StackConfiguration


class Mesh(pulumi.ComponentResource):
    """Control plane, gateways, workloads and machines of one stack.

    **Pulumi Type:** `meshx:index:Mesh`. Needs a Kubernetes provider and meshx's own in its `providers`.
    """

    control_plane: dict[str, Any]
    """`{version, gatewayAddress, clusterName, network}`."""
    machines: dict[str, Any]
    """`{name: {address, network, workload, identity}}`: workload as `<namespace>/<name>`, identity as a SPIFFE URI."""
    services: dict[str, str]
    """`{name: host:port}` of every service that machines offer, single machines included."""
    exposed: dict[str, str]
    """`{namespace/service: host:port}` of every exposed service of the cluster."""
    topology: str
    """Who reaches what as a Mermaid flowchart; empty without any calls."""

    def __init__(self, name: str, args: MeshArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        configuration = args["configuration"]
        stack = running_owner(configuration.environment.owner)
        labels = owned_labels(stack, configuration.labels)
        line = ISTIO_LINES[configuration.mesh.line]
        checked = pulumi.ResourceOptions(
            transformations=[
                owned(configuration.cluster, stack, name, line.release_checks(configuration)),
                *([protecting] if configuration.environment.protect else []),
            ]
        )
        super().__init__("meshx:index:Mesh", name, None, pulumi.ResourceOptions.merge(opts, checked))
        for moved in moved_settings(configuration):
            pulumi.log.warn(str(moved), self)
        below = pulumi.ResourceOptions(parent=self)
        preflight = line.preflight(configuration, stack, self)
        # From here on with the mesh's name for the cluster's network.
        configuration = preflight.configuration
        for told in undeclared_networks(configuration):
            pulumi.log.info(told, self)
        for told in revocation_words(configuration):
            pulumi.log.info(told, self)
        self.topology = ""
        if preflight.connections:
            ReachabilityTable("reachability", {"connections": preflight.connections}, below)
            self.topology = picture(preflight.connections, configuration.mesh.network)
        namespaces = self._namespaces(configuration, labels)
        control_plane = line.control_plane(
            "control-plane",
            {
                "preflight": preflight,
                "labels": labels,
                "gateway_namespace": namespaces.get(configuration.mesh.gateway.namespace, []),
            },
            below,
        )
        context = MeshContext(
            configuration=configuration,
            owner=stack,
            labels=labels,
            exposure=preflight.exposure,
            gateway_selector=preflight.gateway_selector,
            control_plane=control_plane,
            api_server=asked_api_server(configuration, self),
        )
        for offer in context.exposure.offers:
            if offer.address:
                exposed = f"exposed/{offer.exposed.namespace}/{offer.exposed.service}"
                line.exposed_service(exposed, {"offer": offer, "context": context}, below)
        dns = configuration.dns
        if servers := list(dns.servers) or (control_plane.name_servers if dns.istiocoredns else []):
            DnsStub(
                "dns-stub", {"domain": dns.domain, "servers": servers, "kind": dns.kind, "owner": stack.mark}, below
            )
        tokens = line.token_policy(configuration, stack, labels, self)
        machines = Machines(context, line, self)
        for workload in configuration.workloads:
            line.workload(
                f"{workload.namespace}/{workload.name}",
                {
                    "workload": workload,
                    "context": context,
                    "ready": [*namespaces.get(workload.namespace, []), *control_plane.ready, *tokens],
                    "maker": machines,
                },
                below,
            )
        self.control_plane = described(context)
        self.machines = machines_by_name(configuration, control_plane.facts)
        self.services = services_by_name(configuration)
        self.exposed = exposed_by_name(context.exposure)
        self.register_outputs(
            {
                "controlPlane": self.control_plane,
                "machines": self.machines,
                "services": self.services,
                "exposed": self.exposed,
                "topology": self.topology,
            }
        )

    def _namespaces(
        self, configuration: StackConfiguration, labels: dict[str, str]
    ) -> dict[str, list[pulumi.Resource]]:
        """The namespaces to create: one for all that share it."""
        return {
            namespace: [
                kubernetes.core.v1.Namespace(
                    namespace,
                    metadata={"name": namespace, "labels": labels},
                    opts=pulumi.ResourceOptions(parent=self),
                )
            ]
            for namespace in configuration.own_namespaces
        }
