"""The ingress gateway of the classic line, through which machines reach Pilot and Citadel."""

from meshx.config.sections.mesh import MeshConfiguration
from meshx.istio.classic_parts import DEPLOYMENTS, GLOBAL_NAMES_DEPLOYMENT, INGRESS_GATEWAY
from meshx.istio.expansion_objects import INGRESS_LABELS
from meshx.istio.ports import CITADEL_PORT, CROSS_NETWORK_PORT, MIXER_PORT, PILOT_PORT

EXPANSION_PORTS = {
    "tcp-pilot-grpc-tls": PILOT_PORT,
    "tcp-mixer-grpc-tls": MIXER_PORT,
    "tcp-citadel-grpc-tls": CITADEL_PORT,
}
"""The ports that the chart adds to the gateway's Service for mesh expansion (charts/gateways/values.yaml,
meshExpansionPorts)."""


def gateway_name(mesh: MeshConfiguration) -> str:
    """The name of its Service: the configured one, else the chart's."""
    return mesh.gateway.name if "name" in mesh.gateway.model_fields_set else INGRESS_GATEWAY


def gateway_labels(mesh: MeshConfiguration) -> dict[str, str]:
    """The labels of its pods: the configured ones, else the chart's."""
    return dict(mesh.gateway.selector) or dict(INGRESS_LABELS)


def gateway_ports(across_networks: bool) -> tuple[int, ...]:
    """The ports that its Service must have: Pilot's, Citadel's, and with gateways the one for `*.global`."""
    return (PILOT_PORT, CITADEL_PORT, *((CROSS_NETWORK_PORT,) if across_networks else ()))


def deployments(mesh: MeshConfiguration, across_networks: bool) -> list[str]:
    """The Deployments that machines need: an adopted gateway is known by its Service alone."""
    gateway = [gateway_name(mesh)] if mesh.install.control_plane else []
    return [*DEPLOYMENTS, *gateway, *([GLOBAL_NAMES_DEPLOYMENT] if across_networks else [])]
