"""Composes the whole topology of one mesh."""

from typing import Any

import pulumi

from meshx.arguments import MeshArgs
from meshx.components.foundation import foundation, making
from meshx.components.machines import Machines
from meshx.components.mesh_outputs import described, exposed_by_name, machines_by_name, services_by_name
from meshx.components.resources.dns_stub import DnsStub, DnsStubArgs
from meshx.components.resources.reachability_table import ReachabilityTable
from meshx.components.resources.roots_on_machines import RootsOnMachines, RootsOnMachinesArgs
from meshx.components.shared.revocation_words import revocation_words
from meshx.config.moved_settings import moved_settings
from meshx.config.stack import StackConfiguration
from meshx.config.stack_networks import undeclared_networks
from meshx.istio.namespaces import SYSTEM_NAMESPACE
from meshx.reachability.picture import picture
from meshx.stack.awaited_outputs import substituted
from meshx.stack.given_mesh import GivenMesh, given_mesh
from meshx.stack.logical_names import named


class Mesh(pulumi.ComponentResource):
    """Control plane, gateways, workloads and machines of one mesh.

    **Pulumi Type:** `meshx:index:Mesh`. Makes the providers that its `providers` do not have.
    """

    control_plane: dict[str, Any]
    """`{version, gatewayAddress, clusterName, network}`."""
    gateway_address: pulumi.Output[str]
    """The IP address or host name at which machines reach the control plane."""
    root_certificate: pulumi.Output[str]
    """The mesh's root of trust as PEM text, two while one replaces the other; empty on the classic line."""
    machines: dict[str, Any]
    """`{name: {address, network, workload, identity}}`: workload as `<namespace>/<name>`, identity as a SPIFFE URI."""
    services: dict[str, str]
    """`{name: host:port}` of every service that machines offer, single machines included."""
    exposed: dict[str, str]
    """`{namespace/service: host:port}` of every exposed service of the cluster; each further port of one under
    `namespace/service:port`.
    """
    topology: pulumi.Input[str]
    """Who reaches what as a Mermaid flowchart; empty without any calls."""

    def __init__(
        self, name: str, args: MeshArgs | StackConfiguration, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """args: the mesh's own arguments, in which outputs of other resources may stand, or what `read` made of the
        stack's file. Raises RefusedConfigurationError, a pulumi.RunError, with all that is wrong.
        """
        given = given_mesh(name, args)
        with making(given):
            self._make(name, given, opts)

    def _make(self, name: str, given: GivenMesh, opts: pulumi.ResourceOptions | None) -> None:
        base = foundation(name, given, opts)
        super().__init__("meshx:index:Mesh", name, None, base.options)
        configuration, line = given.configuration, base.line
        for moved in moved_settings(configuration):
            pulumi.log.warn(str(moved), self)
        below = pulumi.ResourceOptions(parent=self)
        preflight = base.preflight(self)
        # From here on with the mesh's name for the cluster's network.
        configuration = preflight.configuration
        for told in undeclared_networks(configuration):
            pulumi.log.info(told, self)
        for told in revocation_words(configuration):
            pulumi.log.info(told, self)
        self.topology = ""
        if preflight.connections:
            ReachabilityTable(named("reachability"), {"connections": preflight.connections}, below)
            self.topology = substituted(picture(preflight.connections, configuration.mesh.network))
        namespaces = base.namespaces(configuration, self)
        control_plane = base.control_plane(preflight, namespaces, self)
        context = base.context(preflight, control_plane, self)
        for offer in context.exposure.offers:
            if offer.address:
                exposed = f"exposed/{offer.exposed.namespace}/{offer.exposed.service}"
                line.exposed_service(named(exposed), {"offer": offer, "context": context}, below)
        dns = configuration.dns
        if servers := list(dns.servers) or (control_plane.name_servers if dns.istiocoredns else []):
            forwarded: DnsStubArgs = {
                "domain": dns.domain,
                "servers": servers,
                "kind": dns.kind,
                "owner": base.owner.mark,
            }
            DnsStub(named("dns-stub"), forwarded, below)
        tokens = line.token_policy(context, self, "")
        machines = Machines(context, line, self, given.outputs)
        with machines.waves.gates():
            for workload in configuration.workloads:
                line.workload(
                    named(f"{workload.namespace}/{workload.name}"),
                    {
                        "workload": workload,
                        "context": context,
                        "ready": [*namespaces.get(workload.namespace, []), *control_plane.ready, *tokens],
                        "maker": machines,
                    },
                    below,
                )
        self.control_plane = substituted(described(context))
        self.gateway_address = substituted(control_plane.gateway_address)
        self.root_certificate = substituted(control_plane.root_certificate)
        if configuration.trust is not None and machines.waves.joins:
            # For the next step of a change of roots, once all have them.
            noted: RootsOnMachinesArgs = {"namespace": SYSTEM_NAMESPACE, "root": self.root_certificate}
            after_all = pulumi.ResourceOptions(parent=self, depends_on=machines.waves.joins)
            RootsOnMachines(named("roots-on-machines"), noted, after_all)
        self.machines = substituted(machines_by_name(configuration, control_plane.facts))
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
