"""The gateway's address, from its Service."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

from meshx.cluster.load_balancers import Ingress, ambiguity, preferred
from meshx.control_plane.unfit_mesh import UnfitMeshError

LOAD_BALANCER = "LoadBalancer"


@dataclass(frozen=True)
class Told:
    """What decides which address machines get: the gateway's Service, the configured address (None: none), and the
    machines' own.
    """

    gateway: str
    written: str | None
    machines: Sequence[str]

    def address(self, found: Mapping[str, Any]) -> str:
        """The address, from a function's answer about the gateway's Service; GatewayAddressError."""
        entries = preferred(found["ingress"], self.written, self.machines)
        return gateway_address(self.gateway, entries, found.get("type") or LOAD_BALANCER)

    def ambiguity(self, found: Mapping[str, Any]) -> str:
        """What to say if other addresses of the Service would do as well; "" if none would."""
        return ambiguity(self.gateway, preferred(found["ingress"], self.written, self.machines))


@dataclass(frozen=True)
class GatewayAnswer:
    """A function's answer about the gateway's Service, with what decides which address machines get of it."""

    told: Told
    found: Mapping[str, Any]


class GatewayAddressError(UnfitMeshError):
    """The gateway's Service has no address for a hosts file."""


def gateway_address(gateway: str, ingress: Sequence[Ingress], service_type: str = LOAD_BALANCER) -> str:
    """The first IP address of a gateway's Service, as text; raises GatewayAddressError without one.

    /etc/hosts, where machines find istiod, takes no host names in place of addresses; so the error gives the remedy.
    """
    addresses = [entry["ip"] for entry in ingress if entry["ip"]]
    if addresses:
        return str(ip_address(addresses[0]))
    names = [entry["hostname"] for entry in ingress if entry["hostname"]]
    if names:
        raise GatewayAddressError(
            f"the gateway {gateway} has a host name ({names[0]}) but no IP address: machines find the control plane in "
            "/etc/hosts, which takes addresses only. Give the load balancer a static IP address "
            "(values.gateway.service.annotations of your cloud, or values.gateway.service.loadBalancerIP; on Istio 1.1 "
            "to 1.4 values.istio.gateways.istio-ingressgateway.loadBalancerIP), and where the name alone leads to it, "
            "write that address: meshx:mesh.gateway.address"
        )
    if service_type != LOAD_BALANCER:
        raise GatewayAddressError(
            f"the gateway {gateway} has no address: its Service is of type {service_type}. Make it one of type "
            "LoadBalancer, give it externalIPs, or put a load balancer in front that passes its ports on by the same "
            "numbers, and write that one's address: meshx:mesh.gateway.address"
        )
    raise GatewayAddressError(
        f"the gateway {gateway} has no address yet: its Service of type LoadBalancer waits for one. See "
        f"`kubectl describe service {gateway}` for the load balancer's messages, then run `pulumi up` again"
    )
