"""meshx:dns: a domain that the cluster's own DNS asks another server for."""

import ipaddress
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from meshx.config.errors.words import Words, quote, refuse
from meshx.config.leaves import Kind, Leaf
from meshx.config.section import Listed, Section
from meshx.config.values.addresses import LARGEST_PORT, unusable_kind
from meshx.config.values.names import DnsSubdomain
from meshx.rollout.effect import NOTHING


def dns_server(text: str) -> str:
    """An IP address, or an IPv4 address and a port (`10.0.0.53:5353`)."""
    written, _, port = text.partition(":") if text.count(":") == 1 else (text, "", "53")
    remedy = "an IP address, such as 10.0.0.53 or 10.0.0.53:5353"
    try:
        address = ipaddress.ip_address(written)
        known = 1 <= int(port) <= LARGEST_PORT
    except ValueError:
        refuse(f"{quote(text)} is not the address of a server", remedy)
    if not known:
        refuse(f"{quote(text)} has a port that there is not", remedy)
    kind = "" if address.is_link_local else unusable_kind(address)  # caches on each node have link-local ones
    if kind:
        refuse(f"{quote(text)} is {kind}: the cluster's DNS reaches no server by it", remedy)
    return text


DnsServer = Annotated[str, AfterValidator(dns_server), Words("the address of a DNS server (text)"), Leaf(Kind.ADDRESS)]


class DnsConfiguration(Section):
    """A domain that the cluster's DNS forwards."""

    servers: Annotated[Listed[DnsServer], NOTHING] = Field(
        default=(),
        description="The servers for the domain. Left out: the cluster's DNS stays as it is; on the classic line it "
        "may forward to istiocoredns.",
        examples=[["10.0.0.53"]],
    )
    domain: Annotated[DnsSubdomain, NOTHING] = Field(
        default="global", description="The domain, with all names below it."
    )
    istiocoredns: Annotated[bool, NOTHING] = Field(
        default=True,
        description="Classic line, with machines on other networks: without `servers`, the cluster's DNS forwards "
        "`global` to istiocoredns, so that pods resolve `<service>.<namespace>.global`. `false`: the cluster's DNS "
        "stays as it is.",
    )
    kind: Annotated[Literal["auto", "coredns", "kube-dns"], NOTHING] = Field(
        default="auto", description="The cluster's DNS server. `auto`: whichever of the two runs there."
    )
