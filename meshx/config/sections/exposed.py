"""meshx:exposed: services of the cluster that machines call as `<service>.<namespace>.global`."""

import ipaddress
from typing import Annotated

from pydantic import AfterValidator, Field

from meshx.config.errors.words import Words, quote, refuse
from meshx.config.section import Listed, Section
from meshx.config.sections.ports import CarriedProtocol
from meshx.config.values.addresses import PortNumber, unusable_kind
from meshx.config.values.names import DnsLabel, DnsSubdomain, ServiceLabel
from meshx.istio.global_names import RANGE
from meshx.istio.namespaces import service_host
from meshx.rollout.effect import EXPOSED, KNOWN, NOTHING

_VIRTUAL = ipaddress.IPv4Network("240.240.0.0/16")
"""What istiod gives ServiceEntries itself (istio/pilot/pkg/serviceregistry, ip autoallocate), reserved though it is."""


def exposed_address(text: str) -> str:
    """An IPv4 address that a name may lead to: one of 127.255.0.0/16, or a virtual one that nobody else has."""
    try:
        address = ipaddress.IPv4Address(text)
    except ValueError:
        refuse(f"{quote(text)} is not an IPv4 address", f"an address of {RANGE}, a virtual one, or leave the key out")
    if address.is_loopback and address not in RANGE:
        refuse(
            f"{address} is a loopback address, and machines do not hand it to their proxy",
            f"an address of {RANGE}, or leave the key out",
        )
    kind = "" if address in _VIRTUAL or address in RANGE else unusable_kind(address)
    if kind:
        refuse(f"{address} is {kind}: no service can have it", f"an address of {RANGE}, or leave the key out")
    return str(address)


ExposedAddress = Annotated[str, AfterValidator(exposed_address), Words("an IPv4 address (text)")]


class ExposedConfiguration(Section):
    """A service of the cluster that machines call as `<service>.<namespace>.global`."""

    service: Annotated[ServiceLabel, KNOWN] = Field(description="The name of its Service.", examples=["httpbin"])
    namespace: Annotated[DnsLabel, KNOWN] = Field(description="The Service's namespace.", examples=["bar"])
    port: Annotated[PortNumber | None, NOTHING] = Field(
        default=None, description="One port of the Service. Left out: `ports`, or all its TCP ports.", examples=[8000]
    )
    ports: Annotated[Listed[PortNumber] | None, NOTHING] = Field(
        default=None,
        description="Several ports of the Service. Left out: `port`, or all its TCP ports as they are when `pulumi` "
        "runs.",
        examples=[[8000, 9000]],
    )
    protocol: Annotated[CarriedProtocol | None, NOTHING] = Field(
        default=None,
        description="The protocol of `port`. Left out: from the Service port's `appProtocol` (not on the classic line) "
        "or its name, else `TCP`.",
        examples=["HTTP"],
    )
    service_account: Annotated[DnsSubdomain | None, NOTHING] = Field(
        default=None,
        description="The service account of its pods; callers from other networks accept no other. Left out: the "
        "pods' service accounts when `pulumi` runs. Not for the classic line.",
        examples=["httpbin"],
    )
    address: Annotated[ExposedAddress | None, EXPOSED] = Field(
        default=None,
        description="The name's address on machines of other networks. Left out: a free address of "
        "127.255.0.0/16, which the service keeps.",
        examples=["127.255.0.3"],
    )
    machines: Annotated[Listed[DnsLabel] | None, EXPOSED] = Field(
        default=None,
        description="The machines that know the name; a workload's name stands for its `group`. Left out: all.",
        examples=[["vm-2"]],
    )

    @property
    def named_ports(self) -> tuple[int, ...]:
        """The ports that the stack names; none where all of the Service are meant."""
        return self.ports or (() if self.port is None else (self.port,))

    @property
    def host(self) -> str:
        """The name by which machines call it."""
        return f"{self.service}.{self.namespace}.global"

    @property
    def real_host(self) -> str:
        """The name that it has in the cluster."""
        return service_host(self.service, self.namespace)
