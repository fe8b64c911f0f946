"""The services in namespace `bar` with which proofs and tests exchange calls, with and without sidecars."""

import json
import subprocess
import time

from kubernetes import client
from kubernetes.client.exceptions import ApiException

from sandbox.kubernetes import apiserver, cluster, pods
from sandbox.network.namespace import inside
from sandbox.supervision.supervisor import NotReadyError, PartError

NAMESPACE = "bar"
DEPLOYMENTS = ("httpbin", "sleep")
SIDECAR = "istio-proxy"
READY_SECONDS = 90.0


def apply() -> None:
    """Make the namespace and its services unless they are there, and wait until they accept calls."""
    cluster.apply(cluster.MANIFESTS / "services.yaml")
    _wait(inject=False)


def restart_uninjected() -> None:
    """Restart every pod of the services that does not belong to the present mesh, and wait until all are ready.

    A pod gets its sidecar only at its creation, with the authority of that time: pods older than the mesh have
    none, or one that does not trust the present mesh. Raises PartError if pods stay without one: istiod's
    webhook does not answer, or does not select the namespace.
    """
    _wait(inject=True)


def _wait(*, inject: bool) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while reason := _what_is_missing(inject):
        if time.monotonic() > deadline:
            raise PartError(
                f"the services in namespace {NAMESPACE} are not ready after {READY_SECONDS:.0f} s: {reason}"
            )
        time.sleep(0.3)


def _what_is_missing(inject: bool) -> str:
    try:
        without = _outside_the_mesh() if inject else []
        for name in without:
            client.CoreV1Api(cluster.api()).delete_namespaced_pod(name, NAMESPACE)
        if without:
            return f"not in the mesh: {', '.join(without)}"
        for name in DEPLOYMENTS:
            apiserver.check_deployment(NAMESPACE, name)
        _check_address("httpbin")
    except (NotReadyError, ApiException) as error:
        return str(error)
    return ""


def _check_address(name: str) -> None:
    """Raise NotReadyError until the service accepts a connection: kube-proxy follows its pods with a delay."""
    found = json.loads(apiserver.get(f"/api/v1/namespaces/{NAMESPACE}/services/{name}"))["spec"]
    address, port = found["clusterIP"], found["ports"][0]["port"]
    connect = inside("timeout", "0.5", "bash", "-c", f"</dev/tcp/{address}/{port}")
    if subprocess.run(connect, capture_output=True, check=False).returncode:
        raise NotReadyError(f"service {NAMESPACE}/{name}: nothing listens at {address}:{port} yet")


def _outside_the_mesh() -> list[str]:
    found = client.CoreV1Api(cluster.api()).list_namespaced_secret("istio-system").items
    secrets = {secret.metadata.name: secret for secret in found}
    # The root that somebody gave istiod, or the one that it made itself.
    authority = secrets.get("cacerts") or secrets.get("istio-ca-secret")
    if authority is None:
        raise NotReadyError("istiod has no certificate authority yet")
    return [
        pod.metadata.name
        for pod in pods.list_pods(NAMESPACE)
        if not _has_sidecar(pod) or pod.metadata.creation_timestamp < authority.metadata.creation_timestamp
    ]


def _has_sidecar(pod: client.V1Pod) -> bool:
    # A sidecar is a container, or with native sidecars an init container that goes on running.
    return any(part.name == SIDECAR for part in [*pod.spec.containers, *(pod.spec.init_containers or [])])
