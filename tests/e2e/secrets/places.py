"""Where secrets could have come to lie: state, logs of all parts, journals, files that everybody may read."""

from __future__ import annotations

from pathlib import Path

from kubernetes import client

from sandbox import machines
from sandbox.kubernetes import cluster, pods
from sandbox.paths import STATE
from tests.e2e.secrets.needles import Needles
from tests.e2e.stack.mesh_project import MeshProject

SCRIPT = Path(__file__).with_name("world_readable.sh")
NAMESPACES = ("istio-system", "bar")


def state_places(project: MeshProject) -> dict[str, bytes]:
    """The backend's files as they lie there, and the state with its secrets decrypted."""
    backend = project.folder.parent / "backend"
    files = {f"backend {file.relative_to(backend)}": file.read_bytes() for file in backend.rglob("*") if file.is_file()}
    return files | {"the decrypted state": project.expect("stack", "export", "--show-secrets").text.encode()}


def sandbox_logs() -> dict[str, bytes]:
    """The logs of the sandbox's parts."""
    return {f"log {file.name}": file.read_bytes() for file in (STATE / "logs").glob("*") if file.is_file()}


def pod_logs() -> dict[str, bytes]:
    """The logs of all containers in the mesh's and the services' namespaces."""
    core = client.CoreV1Api(cluster.api())
    return {
        f"pod {pod.metadata.name}/{container.name}": core.read_namespaced_pod_log(
            pod.metadata.name, pod.metadata.namespace, container=container.name
        ).encode()
        for namespace in NAMESPACES
        for pod in pods.list_pods(namespace)
        for container in pod.spec.containers
    }


def machine_logs(machine: str) -> dict[str, bytes]:
    """A machine's journal and the sidecar's own logs."""
    commands = {"journal": "journalctl --all --no-pager", "sidecar": "cat /var/log/istio/* 2>/dev/null"}
    return {
        f"{machine} {name}": machines.execute(machine, ["sh", "-c", command]).stdout.encode()
        for name, command in commands.items()
    }


def world_readable(machine: str, needles: Needles) -> tuple[int, list[str]]:
    """How many files of a machine everybody may read, and which of them hold a secret."""
    placed = "/root/world_readable.sh"
    machines.execute(machine, ["sh", "-c", f"cat >{placed}"], text=SCRIPT.read_text())
    count, *found = machines.execute(machine, ["bash", placed], text=needles.patterns()).stdout.splitlines()
    machines.execute(machine, ["rm", placed])
    return int(count), found
