"""Keeps the far network's machines from the cluster: outside their network they reach load balancers only.

The rules come before address translation, in mangle PREROUTING: later, a load balancer's address has become a
pod's. They look at new connections only, so that callers of a far machine get its answer.
"""

from sandbox.network import packet_rules
from sandbox.network.addresses import FAR_NETWORK, HOST_ADDRESS, LOAD_BALANCERS, METADATA_SERVER
from sandbox.supervision.supervisor import NotReadyError, Part

CHAIN = "MESHX-FAR"
ENTRY = f"-A PREROUTING -i {FAR_NETWORK.bridge} -j {CHAIN}"
RULES = (
    "-m conntrack --ctstate ESTABLISHED,RELATED -j RETURN",
    # As on the other network nobody listens there, and every query gets a refusal at once.
    f"-d {FAR_NETWORK.gateway.ip} -p udp --dport 53 -j RETURN",
    f"-d {FAR_NETWORK.gateway.ip} -j DROP",
    # What stays on the bridge comes by here, too (net.bridge.bridge-nf-call-iptables).
    f"-d {FAR_NETWORK.gateway.network} -j RETURN",
    f"-d {METADATA_SERVER} -p tcp --dport 80 -j RETURN",
    # The host stands for the rest of the Internet: tests serve packages there.
    f"-d {HOST_ADDRESS.ip} -j RETURN",
    f"-m iprange --dst-range {LOAD_BALANCERS[0]}-{LOAD_BALANCERS[-1]} -j RETURN",
    "-j DROP",
)


def separate() -> None:
    """Add the rules; leaves existing ones."""
    packet_rules.put({("mangle", CHAIN): RULES}, [("mangle", ENTRY)])


def check() -> None:
    """Raise NotReadyError while the far network is not separated."""
    if not packet_rules.is_there("mangle", ENTRY):
        raise NotReadyError(f"no packet rule leads from {FAR_NETWORK.bridge} to {CHAIN}")


PARTS = (Part("separation", needs=("network",), prepare=separate, check=check),)
