"""meshx:mesh.gateway: the east-west gateway, and where machines reach it."""

import ipaddress
from typing import Annotated

from pydantic import AfterValidator, Field

from meshx.config.errors.words import Words, quote, refuse
from meshx.config.leaves import Kind, Leaf
from meshx.config.section import Section
from meshx.config.values.addresses import PortNumber, host_name
from meshx.config.values.names import DnsLabel, SelectorLabels
from meshx.istio.namespaces import SYSTEM_NAMESPACE
from meshx.rollout.effect import FILE, NOTHING, RESTART


def reached_address(text: str) -> str:
    """An IP address by which machines reach the gateway, in its shortest form."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        refuse(f"{quote(text)} is not an IP address", "one such as 203.0.113.15; a host name stands under hostName")
    if address.is_loopback or address.is_unspecified or address.is_multicast or address.is_link_local:
        refuse(
            f"{address} is no address by which a machine reaches another host", "the gateway's, such as 203.0.113.15"
        )
    return str(address)


def reached_name(text: str) -> str:
    """A host name by which machines reach the gateway."""
    name = host_name(text)
    try:
        ipaddress.ip_address(name)
    except ValueError:
        pass
    else:
        refuse(f"{quote(text)} is an IP address", f"address: {name}")
    if name == "localhost" or name.endswith(".localhost") or "." not in name:
        refuse(f"{quote(text)} means another host on each machine", "the whole name, such as mesh.example.com")
    return name


GatewayAddress = Annotated[str, AfterValidator(reached_address), Words("an IP address (text)"), Leaf(Kind.ADDRESS)]
GatewayHostName = Annotated[str, AfterValidator(reached_name), Words("a host name (text)"), Leaf()]


class GatewayPorts(Section):
    """The ports by which machines reach the gateway, where they are not its own."""

    control_plane: Annotated[PortNumber | None, RESTART] = Field(
        default=None,
        description="The one that leads to its port 15012, for certificates and configuration. Left out: 15012, or the "
        "nodes' own where a Service of type NodePort is all there is.",
        examples=[31512],
    )
    services: Annotated[PortNumber | None, NOTHING] = Field(
        default=None,
        description="The one that leads to its port 15443, for calls from other networks. Written, the stack's istiod "
        "is told this port and the `address` or `hostName` beside it. Left out: as above, with 15443.",
        examples=[31443],
    )


class GatewayConfiguration(Section):
    """The east-west gateway, through which machines reach istiod."""

    name: Annotated[DnsLabel, RESTART] = Field(
        default="istio-eastwestgateway",
        description="The name of its Service and Deployment, and of the Helm release. Left out on the classic line: "
        "`istio-ingressgateway`.",
    )
    namespace: Annotated[DnsLabel, RESTART] = Field(
        default=SYSTEM_NAMESPACE, description="The namespace that it runs in."
    )
    create_namespace: Annotated[bool, NOTHING] = Field(
        default=False,
        description="Make that namespace, where the stack installs the gateway and it is not istio-system. `false`: it "
        "has to be there.",
    )
    selector: Annotated[SelectorLabels, NOTHING] = Field(
        default_factory=dict,
        description="Labels of its pods. Left out: what the chart sets, `istio: <name without istio->`.",
        examples=[{"istio": "eastwestgateway"}],
    )
    address: Annotated[GatewayAddress | None, FILE] = Field(
        default=None,
        description="The IP address by which machines reach it. Left out: what its Service says, of the machines' "
        "family (of IPv4 where they have both), else the host name there, else a node's. Needed where that is not the "
        "one: of several the other, or that of a load balancer in front which the cluster does not know.",
        examples=["203.0.113.15"],
    )
    host_name: Annotated[GatewayHostName | None, RESTART] = Field(
        default=None,
        description="In place of `address`: the host name by which machines reach it. They resolve it themselves, so "
        "its addresses may change. Not on the classic line.",
        examples=["mesh.example.com"],
    )
    ports: GatewayPorts = Field(
        default_factory=GatewayPorts,
        description="The ports there, where something in front of the gateway maps them. Not on the classic line.",
    )
    timeout_seconds: Annotated[int, NOTHING] = Field(
        default=300, ge=1, le=3600, description="How long to wait for its LoadBalancer address, in seconds."
    )

    @property
    def pod_labels(self) -> dict[str, str]:
        """The labels that select the gateway's pods; the default is what the chart `gateway` derives of its name."""
        return dict(self.selector) or {"istio": self.name.removeprefix("istio-")}
