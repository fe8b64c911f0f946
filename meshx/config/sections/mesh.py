"""meshx:mesh: the control plane, installed or adopted, and what it calls itself."""

import ipaddress
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from meshx.config.errors.words import Words, quote, refuse
from meshx.config.leaves import Kind, Leaf
from meshx.config.section import Section
from meshx.config.sections.certificate_authority import CertificateAuthorityConfiguration
from meshx.config.sections.charts import ChartConfiguration, ChartValues
from meshx.config.values.istio_version import IstioVersion
from meshx.config.values.names import DnsLabel, DnsSubdomain, LabelText, LabelValue, OptionalDnsLabel, SelectorLabels
from meshx.istio.namespaces import DEFAULT_TRUST_DOMAIN, SYSTEM_NAMESPACE
from meshx.istio.versions import IstioLine, line_of


class InstallConfiguration(Section):
    """What this stack installs. What it does not install must exist already; the stack adopts it."""

    control_plane: bool = Field(
        default=True,
        description="Install the charts base and istiod; on the classic line istio-init and istio. `false`: adopt "
        "the control plane in istio-system.",
    )
    gateway: bool = Field(
        default=True,
        description="Install the chart gateway. `false`: adopt the gateway that `gateway` names. Not for the classic "
        "line, whose gateway is part of its control plane.",
    )
    take_ownership: bool = Field(
        default=False,
        description="Take over Istio's definitions (CustomResourceDefinitions) that are in the cluster before the "
        "chart base, left by istioctl, kubectl or another Helm release. They and their objects stay.",
    )
    mesh_expansion: bool = Field(
        default=False,
        description="Turn on mesh expansion in an adopted control plane of the classic line, for machines on the "
        "cluster's network.",
    )


def reached_address(text: str) -> str:
    """An IP address by which machines reach the gateway, in its shortest form."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        refuse(
            f"{quote(text)} is not an IP address: machines find the gateway by /etc/hosts, which takes no names",
            "an IPv4 or IPv6 address such as 203.0.113.15",
        )
    if address.is_loopback or address.is_unspecified or address.is_multicast or address.is_link_local:
        refuse(
            f"{address} is no address by which a machine reaches another host", "the gateway's, such as 203.0.113.15"
        )
    return str(address)


GatewayAddress = Annotated[str, AfterValidator(reached_address), Words("an IP address (text)"), Leaf(Kind.ADDRESS)]


class GatewayConfiguration(Section):
    """The east-west gateway, through which machines reach istiod."""

    name: DnsLabel = Field(
        default="istio-eastwestgateway",
        description="The name of its Service and Deployment, and of the Helm release. Left out on the classic line: "
        "`istio-ingressgateway`.",
    )
    namespace: DnsLabel = Field(default=SYSTEM_NAMESPACE, description="The namespace that it runs in.")
    create_namespace: bool = Field(
        default=False,
        description="Make that namespace, where the stack installs the gateway and it is not istio-system. `false`: it "
        "has to be there.",
    )
    selector: SelectorLabels = Field(
        default_factory=dict,
        description="Labels of its pods. Left out: what the chart sets, `istio: <name without istio->`.",
        examples=[{"istio": "eastwestgateway"}],
    )
    address: GatewayAddress | None = Field(
        default=None,
        description="The IP address by which machines reach it. Left out: what its Service says, of the machines' "
        "family (of IPv4 where they have both). Needed where that is not the one: of several the other, or that of a "
        "load balancer in front which the cluster does not know, as of a Service of type NodePort.",
        examples=["203.0.113.15"],
    )
    timeout_seconds: int = Field(
        default=300, ge=1, le=3600, description="How long to wait for its LoadBalancer address, in seconds."
    )

    @property
    def pod_labels(self) -> dict[str, str]:
        """The labels that select the gateway's pods; the default is what the chart `gateway` derives of its name."""
        return dict(self.selector) or {"istio": self.name.removeprefix("istio-")}


class MeshConfiguration(Section):
    """The control plane, installed or adopted, and its names."""

    istio_version: IstioVersion = Field(
        description="The version of Istio, in quotes: 1.1 to 1.4 (the classic line), or 1.20 and later.",
        examples=["1.31"],
    )
    revision: OptionalDnsLabel = Field(
        default="",
        description="The revision of the control plane. Empty: the control plane without a revision.",
        examples=["canary"],
    )
    network: LabelValue = Field(
        default="",
        description="The network of the cluster's pods. Empty: the mesh has a single network.",
        examples=["network1"],
    )
    mesh_id: LabelText = Field(default="mesh1", description="The name of the mesh, the same in all its clusters.")
    cluster_name: LabelText = Field(default="cluster1", description="The mesh's name for this cluster.")
    trust_domain: DnsSubdomain = Field(
        default=DEFAULT_TRUST_DOMAIN, description="The trust domain, the first part of every SPIFFE identity."
    )
    mutual_tls: Literal["permissive", "strict"] = Field(
        default="permissive",
        description="`strict`: only callers with a mesh certificate; `permissive`, Istio's default: everybody. For a "
        "control plane that the stack installs.",
    )
    dual_stack: bool = Field(
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
    certificate_authority: CertificateAuthorityConfiguration | None = Field(
        default=None, description="A CA other than istiod that signs the machines' certificates. Left out: istiod."
    )

    @property
    def line(self) -> IstioLine:
        """How this version of Istio takes machines in."""
        return line_of(self.istio_version)

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
