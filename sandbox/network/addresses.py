"""Which addresses the sandbox has: the host's and the node's, pods' and services' ranges, the networks of machines."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

HOST_LINK = "meshx0"
INNER_LINK = "meshx1"
HOST_ADDRESS = IPv4Interface("10.78.0.1/30")
NODE_ADDRESS = IPv4Address("10.78.0.2")
PODS = IPv4Network("10.244.0.0/16")
SERVICES = IPv4Network("10.96.0.0/16")
LOAD_BALANCERS = tuple(IPv4Address("10.77.0.200") + offset for offset in range(51))
"""What Services of type LoadBalancer get, of the cluster network's addresses."""
METADATA_SERVER = IPv4Address("169.254.169.254")
"""Where instances of the stand-in cloud ask for what it knows of them."""
HEALTH_CHECKER = IPv4Address("35.191.0.1")
"""Who asks instances of a group whether they are well: an address of the range that Google's health checkers have."""


@dataclass(frozen=True)
class MachineNetwork:
    """A bridge in the namespace that machines are plugged into. gateway: the bridge's own address and the prefix."""

    bridge: str
    gateway: IPv4Interface


CLUSTER_NETWORK = MachineNetwork("vmnet1", IPv4Interface("10.77.0.1/24"))
FAR_NETWORK = MachineNetwork("vmnet2", IPv4Interface("10.79.0.1/24"))
"""Its machines are reached by all and reach the load balancers' addresses only: see sandbox/network/separation.py."""
MACHINE_NETWORKS = (CLUSTER_NETWORK, FAR_NETWORK)
ROUTED = (*(net.gateway.network for net in MACHINE_NETWORKS), PODS, SERVICES)
"""What the host reaches through the namespace."""
