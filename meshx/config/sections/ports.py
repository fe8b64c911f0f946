"""The ports of a workload and the protocols that Istio carries on them."""

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from meshx.config.errors.words import refuse
from meshx.config.section import Section
from meshx.config.values.addresses import PortNumber
from meshx.config.values.names import DnsLabel
from meshx.istio import ports
from meshx.istio.protocols import Protocol, named_protocol
from meshx.rollout.effect import IN_METADATA, NOTHING, RESTART

# https://istio.io/latest/docs/ops/deployment/application-requirements/#ports-used-by-istio, and 22, which the
# machine's cluster.env keeps out of the capture (ISTIO_LOCAL_EXCLUDE_PORTS).
TAKEN_PORTS = {
    ports.SSH_PORT: "SSH, outside the mesh",
    ports.ENVOY_ADMINISTRATION_PORT: "Envoy's administration",
    ports.OUTBOUND_PORT: "Envoy's outbound traffic",
    ports.CAPTURE_CHECK_PORT: "the proxy's check of the capture",
    ports.DEBUG_PORT: "the proxy's debugging",
    ports.INBOUND_PORT: "Envoy's inbound traffic",
    ports.HBONE_PORT: "HBONE tunnels",
    ports.MERGED_METRICS_PORT: "the proxy's merged metrics",
    ports.READINESS_PORT: "the proxy's health",
    ports.DNS_PORT: "the proxy's DNS",
    ports.ENVOY_METRICS_PORT: "Envoy's metrics",
}

UDP = ("Istio does not carry UDP", "a port of another protocol, or leave it out: machines serve UDP beside the mesh")


def _carried(value: object) -> object:
    if isinstance(value, str) and value.upper() == "UDP":
        refuse(*UDP)
    return value


CarriedProtocol = Annotated[Protocol, BeforeValidator(_carried)]


def free_port(port: int) -> int:
    """A port that neither the proxy nor SSH uses on a machine."""
    if port in TAKEN_PORTS:
        refuse(f"port {port} is taken on every machine, by {TAKEN_PORTS[port]}", "another port")
    return port


FreePort = Annotated[PortNumber, AfterValidator(free_port)]


class PortConfiguration(Section):
    """A port of a workload."""

    name: Annotated[DnsLabel, IN_METADATA] = Field(
        description="The port's name. Istio reads the protocol from its first part: `http`, `tcp-data`, `grpc-web`.",
        examples=["http"],
    )
    port: Annotated[FreePort, RESTART] = Field(description="The port that callers use.", examples=[8080])
    target_port: Annotated[FreePort | None, RESTART] = Field(
        default=None, description="The port that the machines listen on. Left out: `port`.", examples=[8080]
    )
    protocol: Annotated[CarriedProtocol | None, NOTHING] = Field(
        default=None, description="The protocol. Left out: the first part of the name.", examples=["HTTP"]
    )

    @property
    def listens_on(self) -> int:
        """The port on the machine."""
        return self.target_port or self.port

    @property
    def carries(self) -> Protocol:
        """The protocol; checked to be written or to stand in the name."""
        return self.protocol or named_protocol(self.name) or "TCP"
