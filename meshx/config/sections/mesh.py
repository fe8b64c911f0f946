"""meshx:mesh: the control plane, installed or adopted, and what it calls itself."""

from typing import Annotated, Any, Literal

from pydantic import Field

from meshx.config.section import Listed, Section
from meshx.config.sections.certificate_authority import CertificateAuthorityConfiguration
from meshx.config.sections.charts import ChartConfiguration, ChartValues
from meshx.config.sections.gateway import GatewayConfiguration
from meshx.config.values.istio_version import IstioVersion
from meshx.config.values.names import DnsLabel, DnsSubdomain, LabelText, LabelValue, OptionalDnsLabel
from meshx.istio.labels import DEFAULT_REVISION
from meshx.istio.namespaces import DEFAULT_TRUST_DOMAIN
from meshx.istio.versions import IstioLine, line_of
from meshx.rollout.effect import NOTHING, RESTART, Effect, Effects


class InstallConfiguration(Section):
    """What this stack installs. What it does not install must exist already; the stack adopts it."""

    control_plane: Annotated[bool, RESTART] = Field(
        default=True,
        description="Install the charts base and istiod; on the classic line istio-init and istio. `false`: adopt "
        "the control plane in istio-system.",
    )
    gateway: Annotated[bool, RESTART] = Field(
        default=True,
        description="Install the chart gateway. `false`: adopt the gateway that `gateway` names. Not for the classic "
        "line, whose gateway is part of its control plane.",
    )
    take_ownership: Annotated[bool, NOTHING] = Field(
        default=False,
        description="Take over Istio's definitions (CustomResourceDefinitions) that are in the cluster before the "
        "chart base, left by istioctl, kubectl or another Helm release. They and their objects stay.",
    )
    mesh_expansion: Annotated[bool, NOTHING] = Field(
        default=False,
        description="Turn on mesh expansion in an adopted control plane of the classic line, for machines on the "
        "cluster's network.",
    )


class MeshConfiguration(Section):
    """The control plane, installed or adopted, and its names."""

    istio_version: Annotated[IstioVersion, Effects(Effect.NOTHING, classic=Effect.RESTART)] = Field(
        description="The version of Istio, in quotes: 1.1 to 1.4 (the classic line), or 1.20 and later.",
        examples=["1.31"],
    )
    revision: Annotated[OptionalDnsLabel, RESTART] = Field(
        default="",
        description="The revision of the control plane; of one that the stack adopts also a tag. Empty: the control "
        "plane without a revision.",
        examples=["canary"],
    )
    previous_revision: Annotated[OptionalDnsLabel, NOTHING] = Field(
        default="",
        description="A control plane that stays beside that of `revision`, as it is, for those who are still connected "
        "to it: the revision that machines come from, `default` for the one without. Without this key, once nobody is "
        "connected to it, the stack takes it away.",
        examples=["default"],
    )
    revision_tags: Annotated[Listed[DnsLabel], NOTHING] = Field(
        default=(),
        description="Tags that lead to the control plane of `revision`: pods of namespaces with the label "
        "`istio.io/rev: <tag>` get their proxy from it. `default` is for those with `istio-injection: enabled`. For a "
        "control plane that the stack installs.",
        examples=[["stable"]],
    )
    network: Annotated[LabelValue, RESTART] = Field(
        default="",
        description="The network of the cluster's pods. Empty: the mesh has a single network.",
        examples=["network1"],
    )
    mesh_id: Annotated[LabelText, RESTART] = Field(
        default="mesh1", description="The name of the mesh, the same in all its clusters."
    )
    cluster_name: Annotated[LabelText, RESTART] = Field(
        default="cluster1", description="The mesh's name for this cluster."
    )
    trust_domain: Annotated[DnsSubdomain, RESTART] = Field(
        default=DEFAULT_TRUST_DOMAIN, description="The trust domain, the first part of every SPIFFE identity."
    )
    mutual_tls: Annotated[Literal["permissive", "strict"], NOTHING] = Field(
        default="permissive",
        description="`strict`: only callers with a mesh certificate; `permissive`, Istio's default: everybody. For a "
        "control plane that the stack installs.",
    )
    dual_stack: Annotated[bool, RESTART] = Field(
        default=False,
        description="Proxies take IPv4 and IPv6, and istiod and gateway are reached by both where the cluster has "
        "both. For a control plane that the stack installs; an adopted one says itself whether it does.",
    )
    install: InstallConfiguration = Field(
        default_factory=InstallConfiguration, description="What this stack installs; the rest is adopted."
    )
    chart: ChartConfiguration = Field(
        default_factory=ChartConfiguration, description="Where Istio's Helm charts come from."
    )
    values: ChartValues = Field(
        default_factory=ChartValues, description="Values for the charts, beside those that meshx sets itself."
    )
    gateway: GatewayConfiguration = Field(
        default_factory=GatewayConfiguration, description="The east-west gateway, through which machines reach istiod."
    )
    certificate_authority: Annotated[CertificateAuthorityConfiguration | None, RESTART] = Field(
        default=None, description="A CA other than istiod that signs the machines' certificates. Left out: istiod."
    )

    @property
    def line(self) -> IstioLine:
        """How this version of Istio takes machines in."""
        return line_of(self.istio_version)

    @property
    def previous(self) -> "MeshConfiguration | None":
        """The configuration of the control plane that stays beside this one, None without one."""
        if not self.previous_revision:
            return None
        named = "" if self.previous_revision == DEFAULT_REVISION else self.previous_revision
        return self.model_copy(update={"revision": named, "previous_revision": "", "revision_tags": ()})

    @property
    def chart_version(self) -> str | None:
        """The version to ask a chart repository for; None where the charts are folders."""
        return None if self.chart.path else self.chart.version or self.istio_version

    def chart_values(self, chart: str) -> dict[str, Any]:
        """The user's values for a chart, by its name."""
        values = self.values
        return dict(
            {
                "base": values.base,
                "istiod": values.istiod,
                "gateway": values.gateway,
                "istio-init": values.istio_init,
                "istio": values.istio,
            }[chart]
        )
