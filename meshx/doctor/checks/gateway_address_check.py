"""The gateway's address, on both Istio lines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from meshx.control_plane.gateway_address import GatewayAddressError, Told
from meshx.doctor.finding import Finding, fault, fine
from meshx.istio.ports import CROSS_NETWORK_PORT, ISTIOD_TLS_PORT

_SUBJECT = "gateway's address"


def check_gateway_address(namespace: str, told: Told, found: Mapping[str, Any] | None) -> Finding:
    """Judge where machines reach the gateway, by its Service (service_answer); None if there is no such Service."""
    name = told.gateway
    if found is None:
        return fault(
            _SUBJECT,
            f"there is no Service {namespace}/{name}",
            "the gateway is not installed, or has another name",
            "`pulumi up`; for one that is adopted: meshx:mesh.gateway",
        )
    try:
        endpoint = told.endpoint(found)
    except GatewayAddressError as error:
        return fault(
            _SUBJECT,
            f"Service {namespace}/{name} has no address for machines",
            str(error),
            f"`kubectl -n {namespace} describe service {name}` has the load balancer's words",
        )
    ports = (endpoint.control_plane, endpoint.services)
    mapped = "" if ports == (ISTIOD_TLS_PORT, CROSS_NETWORK_PORT) else f", ports {ports[0]} and {ports[1]}"
    name_said = ", a host name that machines resolve themselves" if endpoint.is_name else ""
    return fine(_SUBJECT, f"{endpoint.host}{mapped}{name_said}")
