"""The sandbox's addresses: the host's and the node's, pods' and services' ranges, the machines' networks."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

HOST_LINK = "meshx0"
INNER_LINK = "meshx1"
HOST_ADDRESS = IPv4Interface("10.78.0.1/30")
NODE_ADDRESS = IPv4Address("10.78.0.2")
PODS = IPv4Network("10.244.0.0/16")
SERVICES = IPv4Network("10.96.0.0/16")
LOAD_BALANCERS = tuple(IPv4Address("10.77.0.200") + offset for offset in range(51))
"""The addresses of the cluster network for Services of type LoadBalancer."""
METADATA_SERVER = IPv4Address("169.254.169.254")
"""The metadata server of the stand-in cloud's instances."""
HEALTH_CHECKER = IPv4Address("35.191.0.1")
"""The sender of groups' health checks: an address in the range of Google's health checkers."""


@dataclass(frozen=True)
class MachineNetwork:
    """A bridge in the namespace for machines. gateway: the bridge's own address and the prefix."""

    bridge: str
    gateway: IPv4Interface


CLUSTER_NETWORK = MachineNetwork("vmnet1", IPv4Interface("10.77.0.1/24"))
FAR_NETWORK = MachineNetwork("vmnet2", IPv4Interface("10.79.0.1/24"))
"""All reach its machines; they reach only load balancers' addresses: see sandbox/network/separation.py."""
MACHINE_NETWORKS = (CLUSTER_NETWORK, FAR_NETWORK)
ROUTED = (*(net.gateway.network for net in MACHINE_NETWORKS), PODS, SERVICES)
"""What the host reaches through the namespace."""
