"""The configuration of the cluster's programs: the files in config/, with the sandbox's own values in them."""

import json
from pathlib import Path
from string import Template

from sandbox.builds import artifact
from sandbox.builds.images import full_name
from sandbox.kubernetes.apiserver import PKI, PORT
from sandbox.network import dual_stack
from sandbox.network.addresses import NODE_ADDRESS, PODS, SERVICES
from sandbox.network.namespace import inside
from sandbox.paths import STATE
from sandbox.supervision import cgroups

NODE = "meshx-node"
SHIMS = "containerd-shims"
CONFIG = Path(__file__).parent / "config"
_PODS = (PODS, dual_stack.PODS) if dual_stack.ENABLED else (PODS,)
VALUES = {
    "address": NODE_ADDRESS,
    "cluster_dns": SERVICES[10],
    "etcd": "http://127.0.0.1:2379",
    "group": cgroups.NAME,
    "node": NODE,
    "node_addresses": dual_stack.beside(NODE_ADDRESS, dual_stack.NODE_ADDRESS),
    "pause_image": full_name("pause"),
    "pki": PKI,
    "pods": dual_stack.beside(PODS, dual_stack.PODS),
    "pod_ranges": json.dumps([[{"subnet": str(pods)}] for pods in _PODS]),
    "pod_routes": json.dumps([{"dst": f"{pods.network_address.__class__(0)}/0"} for pods in _PODS]),
    "port": PORT,
    "services": dual_stack.beside(SERVICES, dual_stack.SERVICES),
    "shim_group": f"/{cgroups.NAME}/{SHIMS}",
    "state": STATE,
}


def write(name: str, file: Path) -> None:
    """Write config/NAME, filled in, to `file`."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(_filled_in(name))


def program(name: str, artifact_name: str = "kubernetes") -> list[str]:
    """The command line that runs a built program in the sandbox's network, with the flags in config/NAME.flags."""
    lines = _filled_in(f"{name}.flags").splitlines()
    return inside(str(artifact(artifact_name) / name), *(line for line in lines if not line.startswith("#")))


def _filled_in(name: str) -> str:
    return Template((CONFIG / name).read_text()).substitute(VALUES)
