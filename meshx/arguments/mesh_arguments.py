"""Arguments of a mesh: mesh. Written by `python -m meshx.config.argument_types` from the models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypedDict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from typing_extensions import NotRequired

    from meshx.arguments.certificate_authority_arguments import CertificateAuthorityArgs
    from meshx.arguments.charts_arguments import ChartArgs, ChartValuesArgs
    from meshx.arguments.gateway_arguments import GatewayArgs


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


class MeshSettingsArgs(TypedDict):
    """The control plane, installed or adopted, and its names."""

    istio_version: str
    """The version of Istio, in quotes: 1.1 to 1.4 (the classic line), or 1.20 and later."""
    revision: NotRequired[str]
    """The revision of the control plane; of one that the stack adopts also a tag. Empty: the control plane without a
    revision."""
    previous_revision: NotRequired[str]
    """A control plane that stays beside that of `revision`, as it is, for those who are still connected to it: the
    revision that machines come from, `default` for the one without. Without this key, once nobody is connected to it,
    the stack takes it away."""
    revision_tags: NotRequired[Sequence[str]]
    """Tags that lead to the control plane of `revision`: pods of namespaces with the label `istio.io/rev: <tag>` get
    their proxy from it. `default` is for those with `istio-injection: enabled`. For a control plane that the stack
    installs."""
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
