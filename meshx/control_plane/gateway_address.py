"""Where machines reach the gateway, from its Service and from what the configuration says of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

from meshx.cluster.cluster_client import Cluster
from meshx.cluster.load_balancers import (
    NODE_PORT,
    Ingress,
    ambiguity,
    ingress,
    node_addresses,
    node_ports,
    preferred,
    service_type,
)
from meshx.config.sections.gateway import GatewayConfiguration
from meshx.control_plane.unfit_mesh import UnfitMeshError
from meshx.istio.ports import CROSS_NETWORK_PORT, ISTIOD_TLS_PORT
from meshx.join.gateway_endpoint import GatewayEndpoint

LOAD_BALANCER = "LoadBalancer"
UNRESOLVED = (
    "has a host name ({name}), and istiod is told to resolve none (RESOLVE_HOSTNAME_GATEWAYS), so it would send "
    "machines of other networks nowhere. Leave that variable out, which is on by default, or give the load balancer a "
    "static IP address"
)
"""Source: istio/pilot/pkg/model/network.go, resolveHostnameGateways."""
BEFORE_A_CA = (
    "has a host name ({name}), and machines are to reach the CA through it (meshx:mesh.certificateAuthority."
    "throughGateway): they find the CA in /etc/hosts, which takes addresses only. Give the load balancer a static IP "
    "address, or the CA one of its own (meshx:mesh.certificateAuthority.reachedAt)"
)
"""An agent that is told its CA looks for the CA's name at the host that it connects to, and at no other
(pilot/cmd/pilot-agent/options/security.go, SetupSecurityOptions: ISTIOD_SAN counts without CA_ADDR alone)."""
UNNAMED = (
    "has a host name ({name}) but no IP address: machines of Istio 1.1 to 1.4 find Pilot and Citadel in /etc/hosts, "
    "which takes addresses only. Give the load balancer a static IP address "
    "(values.istio.gateways.istio-ingressgateway.loadBalancerIP, or an annotation of your cloud), and where the name "
    "alone leads to it, write that address: meshx:mesh.gateway.address"
)


@dataclass(frozen=True)
class Told:
    """What decides where machines reach the gateway: its Service's name, what the configuration says of it, and the
    machines' own addresses.

    no_names: why a host name does not do, with `{name}` for it, and the remedy; "" where it does. by_nodes: whether a
    node's own ports do.
    """

    gateway: str
    written: GatewayConfiguration
    machines: Sequence[str]
    no_names: str = ""
    by_nodes: bool = True

    def endpoint(self, found: Mapping[str, Any]) -> GatewayEndpoint:
        """The endpoint, from a function's answer about the gateway's Service; GatewayAddressError."""
        host = self.written.address or self.written.host_name
        ports = {ISTIOD_TLS_PORT: ISTIOD_TLS_PORT, CROSS_NETWORK_PORT: CROSS_NETWORK_PORT}
        if host is None:
            host = self._own_host(found)
            if not found["ingress"] and self._nodes(found):
                ports.update({port: int(found["nodePorts"].get(str(port), port)) for port in ports})
        elif self.written.ports.services is not None:
            self._refuse_second_way(host, found["ingress"])
        told = GatewayEndpoint(
            host,
            self.written.ports.control_plane or ports[ISTIOD_TLS_PORT],
            self.written.ports.services or ports[CROSS_NETWORK_PORT],
        )
        if told.is_name and self.no_names:
            raise GatewayAddressError(f"the gateway {self.gateway} {self.no_names.format(name=host)}")
        return told

    def ambiguity(self, found: Mapping[str, Any]) -> str:
        """What to say if other addresses of the Service would do as well; "" if none would."""
        if self.written.address or self.written.host_name:
            return ""
        return ambiguity(self.gateway, preferred(found["ingress"] or self._nodes(found), self.machines))

    def _own_host(self, found: Mapping[str, Any]) -> str:
        entries = preferred(found["ingress"] or self._nodes(found), self.machines)
        return gateway_host(self.gateway, entries, found.get("type") or LOAD_BALANCER)

    def _nodes(self, found: Mapping[str, Any]) -> Sequence[Ingress]:
        return (found.get("nodes") or []) if self.by_nodes else []

    def _refuse_second_way(self, host: str, entries: Sequence[Ingress]) -> None:
        """istiod names a Service's own addresses to machines of other networks, whatever else it is told
        (istio/pilot/pkg/model/network.go, reload)."""
        others = [entry["ip"] or entry["hostname"] for entry in entries]
        if others and others != [host]:
            raise GatewayAddressError(
                f"the gateway {self.gateway} has the address {', '.join(others)} of its own, and istiod would send "
                f"machines of other networks there as well as to {host}. Make its Service one without a load balancer "
                "(values.gateway.service.type: NodePort), or leave out meshx:mesh.gateway.ports.services"
            )


@dataclass(frozen=True)
class GatewayAnswer:
    """A function's answer about the gateway's Service, with what decides which address machines get of it."""

    told: Told
    found: Mapping[str, Any]


class GatewayAddressError(UnfitMeshError):
    """The gateway's Service has no address for machines."""


def gateway_host(gateway: str, entries: Sequence[Ingress], kind: str = LOAD_BALANCER) -> str:
    """The first IP address of a gateway's Service, else its first host name; raises GatewayAddressError without one."""
    addresses = [entry["ip"] for entry in entries if entry["ip"]]
    if addresses:
        return str(ip_address(addresses[0]))
    names = [entry["hostname"] for entry in entries if entry["hostname"]]
    if names:
        return names[0]
    if kind != LOAD_BALANCER:
        by_nodes = ", and no node is ready, or this user may not list nodes" if kind == NODE_PORT else ""
        raise GatewayAddressError(
            f"the gateway {gateway} has no address: its Service is of type {kind}{by_nodes}. Make it one of type "
            "LoadBalancer, give it externalIPs, or write where machines reach what stands in front of it, a load "
            "balancer or a node: meshx:mesh.gateway.address, and since Istio 1.20 meshx:mesh.gateway.ports for other "
            "ports"
        )
    raise GatewayAddressError(
        f"the gateway {gateway} has no address yet: its Service of type LoadBalancer waits for one. See "
        f"`kubectl describe service {gateway}` for the load balancer's messages, then run `pulumi up` again"
    )


def service_answer(cluster: Cluster, service: Mapping[str, Any]) -> dict[str, Any]:
    """What functions answer about a Service's way in: `{ingress, type, nodePorts, nodes}`, its entries, `spec.type`,
    and where it is of type NodePort alone the port of each node, and the nodes as entries (load_balancers.py).
    """
    nodes = node_addresses(cluster, service)
    return {
        "ingress": ingress(service),
        "type": service_type(service),
        "nodePorts": node_ports(service) if nodes else {},
        "nodes": nodes,
    }
