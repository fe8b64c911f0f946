"""Arguments of a mesh: mesh. Written by `python -m meshx.config.argument_types` from the models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypedDict

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pulumi
    from typing_extensions import NotRequired

    from meshx.arguments.certificate_authority_arguments import CertificateAuthorityArgs
    from meshx.arguments.charts_arguments import ChartArgs, ChartValuesArgs


class InstallArgs(TypedDict):
    """What this stack installs. What it does not install must exist already; the stack adopts it."""

    control_plane: NotRequired[bool]
    """Install the charts base and istiod; on the classic line istio-init and istio. `false`: adopt the control plane
    in istio-system."""
    gateway: NotRequired[bool]
    """Install the chart gateway. `false`: adopt the gateway that `gateway` names. Not for the classic line, whose
    gateway is part of its control plane."""
    take_ownership: NotRequired[bool]
    """Take over Istio's definitions (CustomResourceDefinitions) that are in the cluster before the chart base, left
    by istioctl, kubectl or another Helm release. They and their objects stay."""
    mesh_expansion: NotRequired[bool]
    """Turn on mesh expansion in an adopted control plane of the classic line, for machines on the cluster's network."""


class GatewayArgs(TypedDict):
    """The east-west gateway, through which machines reach istiod."""

    name: NotRequired[str]
    """The name of its Service and Deployment, and of the Helm release. Left out on the classic line: `istio-
    ingressgateway`."""
    namespace: NotRequired[str]
    """The namespace that it runs in."""
    create_namespace: NotRequired[bool]
    """Make that namespace, where the stack installs the gateway and it is not istio-system. `false`: it has to be
    there."""
    selector: NotRequired[Mapping[str, str]]
    """Labels of its pods. Left out: what the chart sets, `istio: <name without istio->`."""
    address: NotRequired[pulumi.Input[str]]
    """The IP address by which machines reach it. Left out: what its Service says, of the machines' family (of IPv4
    where they have both). Needed where that is not the one: of several the other, or that of a load balancer in front
    which the cluster does not know, as of a Service of type NodePort."""
    timeout_seconds: NotRequired[int]
    """How long to wait for its LoadBalancer address, in seconds."""


class MeshSettingsArgs(TypedDict):
    """The control plane, installed or adopted, and its names."""

    istio_version: str
    """The version of Istio, in quotes: 1.1 to 1.4 (the classic line), or 1.20 and later."""
    revision: NotRequired[str]
    """The revision of the control plane. Empty: the control plane without a revision."""
    network: NotRequired[str]
    """The network of the cluster's pods. Empty: the mesh has a single network."""
    mesh_id: NotRequired[str]
    """The name of the mesh, the same in all its clusters."""
    cluster_name: NotRequired[str]
    """The mesh's name for this cluster."""
    trust_domain: NotRequired[str]
    """The trust domain, the first part of every SPIFFE identity."""
    mutual_tls: NotRequired[Literal["permissive", "strict"]]
    """`strict`: only callers with a mesh certificate; `permissive`, Istio's default: everybody. For a control plane
    that the stack installs."""
    dual_stack: NotRequired[bool]
    """Proxies take IPv4 and IPv6, and istiod and gateway are reached by both where the cluster has both. For a
    control plane that the stack installs; an adopted one says itself whether it does."""
    install: NotRequired[InstallArgs]
    """What this stack installs; the rest is adopted."""
    chart: NotRequired[ChartArgs]
    """Where Istio's Helm charts come from."""
    values: NotRequired[ChartValuesArgs]
    """Values for the charts, beside those that meshx sets itself."""
    gateway: NotRequired[GatewayArgs]
    """The east-west gateway, through which machines reach istiod."""
    certificate_authority: NotRequired[CertificateAuthorityArgs]
    """A CA other than istiod that signs the machines' certificates. Left out: istiod."""
