"""Pods of the sandbox's cluster, for tests and proofs: lists them, and runs commands in them."""

import subprocess
from collections.abc import Sequence

import yaml
from kubernetes import client
from kubernetes.stream import stream
from kubernetes.stream.ws_client import ERROR_CHANNEL, WSClient

from sandbox.kubernetes import cluster
from sandbox.supervision.supervisor import PartError

EXEC_SECONDS = 60.0


def list_pods(namespace: str, selector: str = "") -> list[client.V1Pod]:
    """The pods of `namespace` that match the label `selector` and are not being removed."""
    found = client.CoreV1Api(cluster.api()).list_namespaced_pod(namespace, label_selector=selector).items
    return [pod for pod in found if pod.metadata.deletion_timestamp is None]


def execute(
    namespace: str, pod: str, command: Sequence[str], *, container: str = "", seconds: float = EXEC_SECONDS
) -> subprocess.CompletedProcess[str]:
    """Run `command` (a list of words) in a container of a pod, by default its first, and return the result.

    Raises subprocess.TimeoutExpired after `seconds`, and PartError or kubernetes' ApiException if it cannot run.
    """
    # A separate client: running a command replaces the client's transport with a web socket while it lasts.
    with cluster.new_api() as api:
        session = stream(
            client.CoreV1Api(api).connect_get_namespaced_pod_exec,
            pod,
            namespace,
            command=list(command),
            stdout=True,
            stderr=True,
            _preload_content=False,
            **({"container": container} if container else {}),
        )
        session.run_forever(timeout=seconds)
        output, errors = session.read_stdout(timeout=0), session.read_stderr(timeout=0)
        if session.is_open():
            session.close()
            raise subprocess.TimeoutExpired(list(command), seconds, output, errors)
        return subprocess.CompletedProcess(list(command), _exit_code(session, f"{namespace}/{pod}"), output, errors)


def _exit_code(session: WSClient, pod: str) -> int:
    """The exit code at the end of a session's error channel (Kubernetes: remotecommand, v4 on, a Status object)."""
    status = yaml.safe_load(session.read_channel(ERROR_CHANNEL, timeout=0))
    if status["status"] == "Success":
        return 0
    for cause in status.get("details", {}).get("causes", []):
        if cause.get("reason") == "ExitCode":
            return int(cause["message"])
    raise PartError(f"cannot run a command in pod {pod}: {status.get('message')}")
