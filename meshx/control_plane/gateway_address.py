"""The gateway's address, from its Service."""

from collections.abc import Sequence
from ipaddress import ip_address

from meshx.cluster.load_balancers import Ingress
from meshx.control_plane.unfit_mesh import UnfitMeshError


class GatewayAddressError(UnfitMeshError):
    """The gateway's Service has no address for a hosts file."""


def gateway_address(gateway: str, ingress: Sequence[Ingress]) -> str:
    """The first IP address of a gateway's load balancer, as text; raises GatewayAddressError without one.

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
            "to 1.4 values.istio.gateways.istio-ingressgateway.loadBalancerIP)"
        )
    raise GatewayAddressError(
        f"the gateway {gateway} has no address yet: its Service of type LoadBalancer waits for one. See "
        f"`kubectl describe service {gateway}` for the load balancer's messages, then run `pulumi up` again"
    )
