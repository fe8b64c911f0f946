"""The sandbox's second family of addresses, IPv6: only with MESHX_SANDBOX_DUAL_STACK=1, for every command alike.

The cluster, its load balancers and the machines of its own network have it; the far network has IPv4 alone.
"""

import os
from ipaddress import IPv6Address, IPv6Interface, IPv6Network

ENABLED = os.environ.get("MESHX_SANDBOX_DUAL_STACK") == "1"
HOST_ADDRESS = IPv6Interface("fd78::1/64")
NODE_ADDRESS = IPv6Address("fd78::2")
PODS = IPv6Network("fd44::/56")
SERVICES = IPv6Network("fd96::/112")
CLUSTER_GATEWAY = IPv6Interface("fd77::1/64")
"""The address of the cluster network's bridge, and the prefix."""
LOAD_BALANCERS = tuple(IPv6Address("fd77::200") + offset for offset in range(51))
"""The addresses of the cluster network for Services of type LoadBalancer that have IPv6."""
ROUTED = (CLUSTER_GATEWAY.network, PODS, SERVICES)
"""What the host reaches through the namespace."""


def beside(first: object, second: object) -> str:
    """Both in a list as Kubernetes' flags take it; the first alone where the sandbox has one family."""
    return f"{first},{second}" if ENABLED else str(first)
