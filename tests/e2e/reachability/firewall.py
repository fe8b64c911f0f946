"""A firewall before the sandbox's far network: others get to no port of its machines' services."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from sandbox.network.addresses import FAR_NETWORK
from sandbox.network.namespace import inside

SERVED = "8080"
# Before address translation, and only what is not the far network's own.
RULE = f"PREROUTING ! -i {FAR_NETWORK.bridge} -d {FAR_NETWORK.gateway.network} -p tcp --dport {SERVED} -j DROP".split()


@contextmanager
def firewall() -> Iterator[None]:
    """Drop others' connections until the block ends."""
    _iptables("-I")
    try:
        yield
    finally:
        _iptables("-D")


def _iptables(how: str) -> None:
    subprocess.run(inside("iptables", "--wait", "-t", "mangle", how, *RULE), check=True)
