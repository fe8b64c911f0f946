"""The stack of the istiod that machines go to, and what the tests ask its machines."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path
from typing import Any

from sandbox import machines, traffic
from sandbox.traffic.calls import Answer
from tests.e2e.classic.stand_ins.authority import Authority
from tests.e2e.leaving_classic.old_mesh import GLOBAL_ADDRESS, GLOBAL_NAME, GLOBAL_PORT, WAY_BACK_SECONDS
from tests.e2e.leaving_classic.second_cluster import CONTEXT
from tests.e2e.rollout.rollout_stack import Change, of
from tests.e2e.stack.conftest import one_machine
from tests.e2e.stack.two_machines import two_machines
from tests.e2e.steady.test_steady_traffic import quick_probe

NAMES = ("vm-1", "vm-3")
PAUSE_SECONDS = 5
GLOBAL = f"http://{GLOBAL_NAME}:{GLOBAL_PORT}/"


def new_mesh(kubeconfig: Path) -> Change:
    """A mesh with both machines, which come from the old one in two waves, with a way back."""

    def change(config: dict[str, Any]) -> None:
        one_machine(config)
        two_machines(config)
        quick_probe(config)
        # The server on the machines runs before and after.
        del config["workloads"][0]["commands"]
        config["workloads"][0]["createNamespace"] = True
        config["cluster"]["kubeconfigFile"] = str(kubeconfig)
        config["exposed"] = [{"service": "httpbin", "namespace": "bar", "port": 8000, "address": GLOBAL_ADDRESS}]
        config["former"] = {"context": CONTEXT}
        config["rollout"] = {
            "waves": [1, "100%"],
            "pauseSeconds": PAUSE_SECONDS,
            "wayBackSeconds": WAY_BACK_SECONDS,
        }

    return change


def without_former(config: dict[str, Any]) -> None:
    """All have come."""
    del config["former"]


def calls(name: str, count: int = 10) -> list[Answer]:
    """Calls of a machine's ordinary user to the name that stays."""
    return traffic.from_machine(name, GLOBAL, count, "50ms", user=machines.ADMINISTRATOR)


def start_of(name: str) -> str:
    """What tells one start of its sidecar from another."""
    return of(name, "systemctl", "show", "-p", "InvocationID", "istio")


def called_by_the_old_mesh(name: str, authority: Authority, folder: Path) -> tuple[int, str]:
    """Call a machine as a sidecar of the old mesh does, by mutual TLS with a certificate of Citadel's.

    Returns the status of the answer, and the machine's identity, which the old mesh's root has to vouch for.
    """
    chain, key = authority.identified("spiffe://cluster.local/ns/bar/sa/sleep", folder)
    root = folder / "caller-root.pem"
    root.write_bytes(authority.root)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.load_verify_locations(root)
    context.load_cert_chain(chain, key)
    context.set_alpn_protocols(["istio"])
    address = str(machines.machine(name).address)
    with socket.create_connection((address, 8080), 5) as plain, context.wrap_socket(plain) as talk:
        identities = [value for kind, value in (talk.getpeercert() or {}).get("subjectAltName", ()) if kind == "URI"]
        talk.sendall(f"GET / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n".encode())
        return int(talk.recv(64).split()[1]), str(identities[0])
