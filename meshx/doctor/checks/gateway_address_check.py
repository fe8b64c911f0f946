"""The gateway's address, on both Istio lines."""

from __future__ import annotations

from collections.abc import Sequence

from meshx.cluster.load_balancers import Ingress
from meshx.control_plane.gateway_address import GatewayAddressError, gateway_address
from meshx.doctor.finding import Finding, fault, fine

_SUBJECT = "gateway's address"


def check_gateway_address(namespace: str, name: str, ingress: Sequence[Ingress] | None) -> Finding:
    """Judge the addresses of the gateway's Service; None if there is no such Service."""
    if ingress is None:
        return fault(
            _SUBJECT,
            f"there is no Service {namespace}/{name}",
            "the gateway is not installed, or has another name",
            "`pulumi up`; for one that is adopted: meshx:mesh.gateway",
        )
    try:
        return fine(_SUBJECT, gateway_address(name, ingress))
    except GatewayAddressError as error:
        return fault(
            _SUBJECT,
            f"Service {namespace}/{name} has no IP address",
            str(error),
            f"`kubectl -n {namespace} describe service {name}` has the load balancer's words",
        )
