"""The control plane of Istio 1.1 to 1.4: Pilot and Citadel, installed with the charts istio-init and istio, or
adopted."""

from collections.abc import Mapping
from typing import Any, cast

import pulumi
import pulumi_kubernetes as kubernetes

from meshx.cluster.helm_records import ReleaseName
from meshx.cluster.ownership import owned_values
from meshx.components.classic.chart_source import classic_chart_source, says_its_kubernetes
from meshx.components.classic.chart_values import (
    ContradictingValuesError,
    istio_init_values,
    istio_values,
    needs_authority,
)
from meshx.components.resources.mesh_authority import MeshAuthority
from meshx.components.resources.mesh_expansion import MeshExpansion
from meshx.components.shared.awaited_gateway import awaited_gateway, chosen_endpoint
from meshx.components.shared.cluster_refusals import refusing
from meshx.components.shared.control_plane_interface import ControlPlaneArgs
from meshx.components.shared.gateway_values import Gateway, of_gateway
from meshx.components.shared.own_release import refuse_own_release
from meshx.components.shared.system_namespace import system_namespace
from meshx.config.moved_settings import moved_in_cluster
from meshx.config.sections.mesh import MeshConfiguration
from meshx.config.stack_networks import has_others
from meshx.control_plane.classic_gateway import EXPANSION_PORTS, deployments, gateway_labels, gateway_name
from meshx.control_plane.gateway_address import Told
from meshx.control_plane.running_classic_mesh import (
    RunningCluster,
    classic_facts,
    classic_told,
    running_citadel,
    signs_by_secret,
)
from meshx.exposure.refusals import HEADLESS
from meshx.istio.classic_parts import GLOBAL_NAMES_DEPLOYMENT
from meshx.istio.classic_versions import ClassicVersion, classic_version, kubernetes_problem
from meshx.istio.expansion_command import upgrade_command
from meshx.istio.expansion_objects import expansion_inputs, expected_objects, unexpected_objects
from meshx.istio.namespaces import SYSTEM_NAMESPACE
from meshx.istio.versions import minor_version
from meshx.join.facts import ClassicFacts
from meshx.join.gateway_endpoint import GatewayEndpoint
from meshx.stack.logical_names import named
from meshx.stack.plugin_functions import asked_after, asking

INIT_RELEASE = "istio-init"
ISTIO_RELEASE = "istio"
OWN_REMEDY = "correct the charts, or meshx:mesh.values.istio, and run `pulumi up`"
"""The remedy if this stack's own charts make something else: Pulumi manages their release, so not `helm upgrade`."""


class ClassicControlPlane(pulumi.ComponentResource):
    """Pilot and Citadel, and mesh expansion, so that machines reach them through the ingress gateway.

    **Pulumi Type:** `meshx:index:ControlPlane`. Produces a `MeshExpansion`; when installing, a `ChartLeftovers`, the
    Namespace, a `MeshAuthority` if Citadel does not make its own root, and the Releases `istio-init` and `istio`.
    """

    facts: ClassicFacts
    root_certificate: pulumi.Output[str]
    gateway: Gateway
    gateway_for_ipv6: Gateway
    gateway_address: pulumi.Output[str]
    name_servers: list[pulumi.Output[str]]
    ready: list[pulumi.Resource]

    def __init__(self, name: str, args: ControlPlaneArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("meshx:index:ControlPlane", name, None, opts)
        configuration, cluster = args["preflight"].configuration, cast("RunningCluster", args["preflight"].found)
        mesh, labels, across_networks = configuration.mesh, args["labels"], has_others(configuration)
        version = classic_version(minor_version(mesh.istio_version))
        command = upgrade_command(version, across_networks)
        told = classic_told(configuration)
        if mesh.install.control_plane:
            _refuse_unfit(mesh, version, cluster)
            installed = self._install(mesh, across_networks, labels, told)
            running = None
        else:
            if args["whole"]:
                release = ReleaseName(SYSTEM_NAMESPACE, ISTIO_RELEASE)
                refuse_own_release("controlPlane", "the running control plane", release, labels, self)
            with refusing():
                running = running_citadel(configuration, SYSTEM_NAMESPACE, across_networks, command, asking(self))
            for moved in moved_in_cluster(mesh, running.settings):
                pulumi.log.warn(str(moved), self)
            if running.ambiguity:
                pulumi.log.warn(running.ambiguity, self)
            installed = []
            found = GatewayEndpoint(running.gateway_address)
            self.gateway = chosen_endpoint(running.answer) if running.answer else found
        expansion = self._expand(mesh, across_networks, labels, installed, OWN_REMEDY if installed else command)
        self.ready = [*installed, expansion]
        self.name_servers = [self._global_names_server(expansion)] if across_networks else []
        self.facts = classic_facts(mesh, across_networks, cluster.services, running)
        self.root_certificate = pulumi.Output.from_input("")
        self.gateway_for_ipv6 = self.gateway
        self.gateway_address = pulumi.Output.from_input(of_gateway(self.gateway, lambda known: known.host))
        self.register_outputs({"gatewayAddress": self.gateway_address})

    def _install(
        self, mesh: MeshConfiguration, across_networks: bool, labels: dict[str, str], told: Told
    ) -> list[pulumi.Resource]:
        try:
            values = istio_values(mesh, across_networks, signs_by_secret(SYSTEM_NAMESPACE, asking(self)))
        except ContradictingValuesError as error:
            raise pulumi.RunError(str(error)) from None
        namespace = system_namespace(INIT_RELEASE, labels, self, made_by_jobs=True)
        first: list[pulumi.Resource] = [namespace]
        if needs_authority(values):
            first.append(
                MeshAuthority(
                    named("authority"),
                    {"namespace": SYSTEM_NAMESPACE, "labels": labels, "trustDomain": mesh.trust_domain, "source": None},
                    opts=pulumi.ResourceOptions(parent=self, depends_on=[namespace]),
                )
            )
        init = kubernetes.helm.v3.Release(
            named(INIT_RELEASE),
            name=INIT_RELEASE,
            namespace=SYSTEM_NAMESPACE,
            **classic_chart_source(mesh, "istio-init"),
            values=owned_values(istio_init_values(mesh), labels),
            # Its jobs make the definitions, which everything in the other chart needs.
            wait_for_jobs=True,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[namespace]),
        )
        istio = kubernetes.helm.v3.Release(
            named(ISTIO_RELEASE),
            name=ISTIO_RELEASE,
            namespace=SYSTEM_NAMESPACE,
            **classic_chart_source(mesh, "istio"),
            values=owned_values(values, labels),
            timeout=mesh.gateway.timeout_seconds,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*first, init]),
        )
        self.gateway = awaited_gateway(istio, told, SYSTEM_NAMESPACE, self)
        return [*first, init, istio]

    def _global_names_server(self, expansion: pulumi.CustomResource) -> pulumi.Output[str]:
        """The clusterIP of the Service that resolves `*.global`."""
        found = asked_after(
            expansion,
            "meshx:index:serviceAddresses",
            {"namespace": SYSTEM_NAMESPACE, "name": GLOBAL_NAMES_DEPLOYMENT},
            self,
        )
        return found.apply(_cluster_ip)

    def _expand(
        self,
        mesh: MeshConfiguration,
        across_networks: bool,
        labels: dict[str, str],
        installed: list[pulumi.Resource],
        remedy: str,
    ) -> pulumi.CustomResource:
        version = classic_version(minor_version(mesh.istio_version))
        objects = expected_objects(version, SYSTEM_NAMESPACE, across_networks, gateway_labels(mesh))
        return MeshExpansion(
            named("mesh-expansion"),
            {
                "namespace": SYSTEM_NAMESPACE,
                "labels": labels,
                "objects": expansion_inputs(objects),
                "unexpected": [
                    {"apiVersion": one.api_version, "kind": one.kind, "name": one.name}
                    for one in unexpected_objects(version, SYSTEM_NAMESPACE, across_networks)
                ],
                "deployments": deployments(mesh, across_networks),
                "gateway": _to_open(mesh),
                "waitSeconds": mesh.gateway.timeout_seconds,
                "remedy": remedy,
            },
            opts=pulumi.ResourceOptions(parent=self, depends_on=installed),
        )


def _cluster_ip(found: Mapping[str, Any]) -> str:
    address = str(found["clusterIp"])
    if address in ("", HEADLESS):
        raise pulumi.RunError(
            f"Service {SYSTEM_NAMESPACE}/{GLOBAL_NAMES_DEPLOYMENT} has no clusterIP, so the cluster's DNS cannot ask "
            "it for names below global: give it one, or name servers of your own (meshx:dns.servers), or leave the DNS "
            "as it is (meshx:dns.istiocoredns: false)"
        )
    return address


def _to_open(mesh: MeshConfiguration) -> dict[str, Any]:
    if not mesh.install.mesh_expansion:
        return {}
    return {"name": gateway_name(mesh), "namespace": mesh.gateway.namespace, "ports": dict(EXPANSION_PORTS)}


def _refuse_unfit(mesh: MeshConfiguration, version: ClassicVersion, cluster: RunningCluster) -> None:
    problem = None if says_its_kubernetes(mesh) else kubernetes_problem(version, cluster.kubernetes)
    if problem is not None:
        raise pulumi.RunError(f"meshx:mesh.istioVersion: {problem}")
