"""The control plane since Istio 1.20: istiod, installed with its Helm charts, or adopted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

import pulumi
import pulumi_kubernetes as kubernetes

from meshx.cluster.helm_records import ReleaseName
from meshx.cluster.ownership import OWNER_LABEL, owned_values
from meshx.components.istiod.authority_exposure import authority_exposure
from meshx.components.istiod.chart_source import chart_source
from meshx.components.istiod.chart_values import base_values, istiod_values
from meshx.components.istiod.cross_network import CrossNetworkArgs, cross_network_gateway
from meshx.components.istiod.definitions import BASE_RELEASE
from meshx.components.istiod.former_authority import former_authority
from meshx.components.istiod.gateway import EastWestGateway
from meshx.components.istiod.istiod_exposure import IstiodExposure, IstiodExposureArgs
from meshx.components.istiod.revision_tag import revision_tag
from meshx.components.istiod.strict_mutual_tls import strict_mutual_tls
from meshx.components.istiod.trust import roots_of_trust
from meshx.components.resources.mesh_roots import MeshRoots
from meshx.components.shared.control_plane_interface import ControlPlaneArgs
from meshx.components.shared.gateway_values import Gateway
from meshx.components.shared.own_release import own_error, refuse_own_release
from meshx.components.shared.system_namespace import system_namespace
from meshx.config.sections.mesh import MeshConfiguration
from meshx.config.stack import StackConfiguration
from meshx.config.stack_networks import has_others
from meshx.control_plane.adopted_facts import revisioned
from meshx.control_plane.running_mesh import RunningIstiod, RunningMesh, told_by
from meshx.istio.labels import DEFAULT_REVISION, NETWORK_LABEL
from meshx.istio.namespaces import SYSTEM_NAMESPACE
from meshx.istio.root_certificate import ROOT_CERTIFICATE_CONFIG_MAP
from meshx.join.facts import ControlPlaneFacts
from meshx.stack.logical_names import named
from meshx.stack.plugin_functions import asked_after

REVOCATION_CONFIG_MAP = "istio-ca-crl"
AS_IT_IS = ("chart", "repositoryOpts", "version", "values")
"""What stays of a release that a previous control plane needs, whatever is written for the present one."""
BESIDE_OTHERS = "meshx-"
"""The prefix of names beside an adopted control plane, whose exposure may have the names of Istio's samples."""


@dataclass(frozen=True)
class FoundMesh:
    """The adopted parts of a mesh, the present or future facts of its istiod, whether that is to sign by the authority
    of the mesh that machines come from, and whether a newer one stays beside it, with the newer definitions."""

    running: RunningMesh
    facts: ControlPlaneFacts
    shares_authority: bool = False
    newer_stays: bool = False


class IstiodControlPlane(pulumi.ComponentResource):
    """istiod, its east-west gateway, and what that exposes to machines.

    **Pulumi Type:** `meshx:index:ControlPlane`. Produces an `EastWestGateway`; when installing, a `ChartLeftovers`, the
    Namespace, a `MeshRoots` if the stack has the roots, or a `MeshAuthority` if it takes over the authority of a mesh
    that machines come from, the Releases `base` and `istiod` and, with strict mutual TLS, the PeerAuthentication
    `default`; an `IstiodExposure`, unless an adopted gateway routes to istiod already; the Release and the exposure of
    a previous revision that stays, and a MutatingWebhookConfiguration for each revision tag; and for machines of other
    networks the Gateway `cross-network-gateway`, unless others made one. For a CA other than istiod that machines
    reach through the gateway, a Gateway and a VirtualService.
    """

    facts: ControlPlaneFacts
    root_certificate: pulumi.Output[str]
    gateway: Gateway
    gateway_for_ipv6: Gateway
    gateway_address: pulumi.Output[str]
    name_servers: list[pulumi.Output[str]]
    ready: list[pulumi.Resource]

    def __init__(self, name: str, args: ControlPlaneArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("meshx:index:ControlPlane", name, None, opts)
        configuration, found = args["preflight"].configuration, cast("FoundMesh", args["preflight"].found)
        mesh, labels = configuration.mesh, args["labels"]
        if args["whole"]:
            _refuse_own(mesh, found.running.istiod, labels, self)
        installed = self._install(configuration, found, args) if mesh.install.control_plane else []
        adopted, of_previous = found.running.gateway, found.running.gateway_of_previous
        gateway = EastWestGateway(
            named("gateway"),
            {
                "mesh": mesh,
                "told": told_by(configuration, found.running.istiod),
                "labels": labels,
                "ready": [*installed, *args["gateway_namespace"]],
                "adopted": adopted,
            },
            opts=pulumi.ResourceOptions(parent=self),
        )
        if mesh.mutual_tls == "strict":
            strict_mutual_tls(labels, found.facts.objects_api, installed, self)
        prefix, selector = "" if installed else BESIDE_OTHERS, args["preflight"].gateway_selector
        exposure: list[pulumi.Resource] = []
        if has_others(configuration) and not (adopted is not None and adopted.passes_networks):
            cross_network: CrossNetworkArgs = {
                "name": revisioned(f"{prefix}cross-network-gateway", mesh.revision),
                "facts": found.facts,
                "labels": labels,
                "selector": selector,
                "control_plane": installed,
            }
            exposure.append(cross_network_gateway(cross_network, self))
        exposing: IstiodExposureArgs = {
            "facts": found.facts,
            "labels": labels,
            "selector": selector,
            "control_plane": installed,
            "name_prefix": prefix,
            "stays_beside": False,
            "others_gateway": adopted.gateway if adopted else "",
        }
        if mesh.previous is not None and not (of_previous is not None and of_previous.exposed):
            before: IstiodExposureArgs = {
                **exposing,
                "facts": replace(found.facts, revision=mesh.previous.revision),
                "stays_beside": True,
                "others_gateway": of_previous.gateway if of_previous else "",
            }
            # First, so that the two never have the same hosts.
            exposing["control_plane"] = [*installed, *self._exposed("previous-istiod-exposure", before)]
        if adopted is None or not adopted.exposed:
            exposure += self._exposed("istiod-exposure", exposing)
        if found.facts.authority is not None and found.facts.authority.through_gateway:
            exposure += authority_exposure(
                {
                    "authority": found.facts.authority,
                    "facts": found.facts,
                    "labels": labels,
                    "selector": selector,
                    "control_plane": installed,
                },
                self,
            )
        self.ready = [*installed, *exposure]
        self.name_servers = []
        self.facts = found.facts
        trust = next((one for one in installed if isinstance(one, MeshRoots)), None)
        if trust is not None:
            self.root_certificate = trust.root
        elif found.running.istiod is not None:
            self.root_certificate = pulumi.Output.from_input(found.running.istiod.root_certificate)
        elif gateway.release is not None:
            self.root_certificate = self._written_root(gateway.release, mesh.gateway.namespace)
        else:
            self.root_certificate = self._written_root(cast("pulumi.CustomResource", self.ready[-1]), SYSTEM_NAMESPACE)
        self.gateway, self.gateway_for_ipv6 = gateway.endpoint, gateway.endpoint_for_ipv6
        self.gateway_address = gateway.address
        self.register_outputs({"gatewayAddress": self.gateway_address})

    def _exposed(self, name: str, exposing: IstiodExposureArgs) -> list[pulumi.Resource]:
        return IstiodExposure(named(name), exposing, opts=pulumi.ResourceOptions(parent=self)).objects

    def _written_root(self, last: pulumi.CustomResource, namespace: str) -> pulumi.Output[str]:
        """The root certificate, which a new istiod writes to all namespaces some moments after it is ready.

        The gateway's pods mount the ConfigMap, so it exists in their `namespace` once they run: so `last` is the
        Release that installs them. With an adopted gateway `last` is what exposes istiod, since istiod's webhook must
        accept that first.
        """
        found = asked_after(last, "meshx:index:rootCertificate", {"namespace": namespace}, self)
        return found.apply(lambda found: found["certificate"])

    def _install(
        self, configuration: StackConfiguration, found: FoundMesh, args: ControlPlaneArgs
    ) -> list[pulumi.Resource]:
        mesh, labels = configuration.mesh, args["labels"]
        network = {NETWORK_LABEL: mesh.network} if mesh.network else {}
        namespace = system_namespace(
            BASE_RELEASE,
            {**labels, **network},
            self,
            config_maps=[ROOT_CERTIFICATE_CONFIG_MAP, REVOCATION_CONFIG_MAP],
        )
        base = kubernetes.helm.v3.Release(
            named(BASE_RELEASE),
            name=BASE_RELEASE,
            namespace=SYSTEM_NAMESPACE,
            **chart_source(mesh, "base"),
            values=owned_values(base_values(mesh), labels),
            opts=pulumi.ResourceOptions(
                parent=self, depends_on=[namespace], ignore_changes=[*AS_IT_IS] if found.newer_stays else None
            ),
        )
        authority: pulumi.Resource | None = roots_of_trust(configuration, found.facts, args, namespace, self)
        if found.shares_authority:
            authority = former_authority(mesh, labels, namespace, self)
        first: list[pulumi.Resource] = [base] if authority is None else [base, authority]
        installed = [namespace, *first, self._istiod(mesh, labels, first)]
        if mesh.previous is not None:
            self._istiod(mesh.previous, labels, first, ignored=AS_IT_IS)
        return [*installed, *(revision_tag(tag, mesh, labels, installed, self) for tag in mesh.revision_tags)]

    def _istiod(
        self, mesh: MeshConfiguration, labels: dict[str, str], first: list[pulumi.Resource], ignored: Sequence[str] = ()
    ) -> pulumi.Resource:
        return kubernetes.helm.v3.Release(
            named(revisioned("istiod", mesh.revision)),
            name=revisioned("istiod", mesh.revision),
            namespace=SYSTEM_NAMESPACE,
            **chart_source(mesh, "istiod"),
            values=owned_values(istiod_values(mesh), labels),
            opts=pulumi.ResourceOptions(parent=self, depends_on=first, ignore_changes=[*ignored]),
        )


def _refuse_own(
    mesh: MeshConfiguration, adopted: RunningIstiod | None, labels: Mapping[str, str], parent: pulumi.Resource
) -> None:
    """Raise pulumi.RunError if an adopted control plane or gateway is the stack's own."""
    if adopted is not None and adopted.owner == labels[OWNER_LABEL]:
        raise own_error("controlPlane", f"the control plane {adopted.facts.revision or DEFAULT_REVISION}")
    if not mesh.install.gateway:
        release = ReleaseName(mesh.gateway.namespace, mesh.gateway.name)
        refuse_own_release("gateway", f"the gateway {release}", release, labels, parent)
