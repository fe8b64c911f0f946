"""What keeps the far network's machines from the cluster: of all that is not theirs they reach load balancers only.

The rules stand before address translation, in mangle PREROUTING: later on, a load balancer's address has become a
pod's.
They look at connections as they begin, so whoever calls a far machine gets its answer.
"""

import subprocess

from sandbox.loadbalancer import POOL
from sandbox.network import FAR_NETWORK, HOST_ADDRESS, METADATA_SERVER, inside
from sandbox.supervisor import NotReadyError, Part

CHAIN = "MESHX-FAR"
ENTRY = f"-A PREROUTING -i {FAR_NETWORK.bridge} -j {CHAIN}"
RULES = (
    "-m conntrack --ctstate ESTABLISHED,RELATED -j RETURN",
    # As on the other network nobody listens there, and every name is refused at once.
    f"-d {FAR_NETWORK.gateway.ip} -p udp --dport 53 -j RETURN",
    f"-d {METADATA_SERVER} -p tcp --dport 80 -j RETURN",
    # The host is what the rest of the Internet would be: tests serve packages there.
    f"-d {HOST_ADDRESS.ip} -j RETURN",
    f"-m iprange --dst-range {POOL[0]}-{POOL[-1]} -j RETURN",
    "-j DROP",
)


def separate() -> None:
    """Put the rules there; those that are right already stay."""
    lines = ["*mangle", f":{CHAIN} - [0:0]", *(f"-A {CHAIN} {rule}" for rule in RULES)]
    if ENTRY not in _saved():
        lines.append(ENTRY)
    text = "\n".join([*lines, "COMMIT", ""])
    subprocess.run(inside("iptables-restore", "--noflush", "--wait"), input=text, text=True, check=True)


def check() -> None:
    """Raise NotReadyError while the far network is not kept apart."""
    if ENTRY not in _saved():
        raise NotReadyError(f"no packet rule leads from {FAR_NETWORK.bridge} to {CHAIN}")


def _saved() -> list[str]:
    shown = subprocess.run(
        inside("iptables", "--wait", "-t", "mangle", "-S", "PREROUTING"), capture_output=True, text=True, check=True
    )
    return shown.stdout.splitlines()


PARTS = (Part("separation", needs=("network",), prepare=separate, check=check),)
