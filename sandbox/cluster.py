"""The sandbox's cluster as its administrator sees it: a client, objects applied from files, and how far they are."""

import functools
from pathlib import Path
from typing import Any

import urllib3
import yaml
from kubernetes import client, config
from kubernetes.client.exceptions import ApiException
from kubernetes.dynamic import DynamicClient
from kubernetes.dynamic.exceptions import ConflictError

from sandbox.control_plane import CONTEXT, KUBECONFIG
from sandbox.paths import STATE
from sandbox.supervisor import NotReadyError, Part

FIELD_MANAGER = "meshx-sandbox"
MANIFESTS = Path(__file__).parent / "manifests"
REQUEST_SECONDS = 5


@functools.cache
def api() -> client.ApiClient:
    """The client of the sandbox's cluster, with the administrator's rights."""
    return new_api()


def new_api() -> client.ApiClient:
    """A client like `api()`, of the caller's own."""
    made: client.ApiClient = config.new_client_from_config(config_file=str(KUBECONFIG), context=CONTEXT)
    # Whoever asks here asks again by itself: a client that waits and retries would only hide what is wrong.
    made.rest_client.pool_manager.connection_pool_kw["retries"] = urllib3.Retry(0)
    return made


def apply(file: Path) -> None:
    """Apply the objects of a YAML file on the server's side; those that are so already stay as they are.

    A field that somebody else has changed meanwhile (the Corefile, by a DNS stub) stays theirs.
    """
    dynamic = DynamicClient(api(), cache_file=str(STATE / "run" / "discovery-cache"))
    for manifest in yaml.safe_load_all(file.read_text()):
        resource: Any = dynamic.resources.get(api_version=manifest["apiVersion"], kind=manifest["kind"])
        metadata = manifest["metadata"]
        try:
            resource.server_side_apply(
                body=manifest,
                name=metadata["name"],
                namespace=metadata.get("namespace"),
                field_manager=FIELD_MANAGER,
                _request_timeout=REQUEST_SECONDS,
            )
        except ConflictError:
            continue


def check_node(node: str) -> None:
    """Raise NotReadyError while the node `node` is not Ready."""
    try:
        found = client.CoreV1Api(api()).read_node(node, _request_timeout=REQUEST_SECONDS)
    except (ApiException, urllib3.exceptions.HTTPError) as error:
        raise NotReadyError(_short(error)) from error
    conditions = {condition.type: condition for condition in found.status.conditions or []}
    ready = conditions.get("Ready")
    if ready is None or ready.status != "True":
        raise NotReadyError(f"node {node}: {ready.message if ready else 'has not reported in yet'}")


def check_deployment(namespace: str, name: str) -> None:
    """Raise NotReadyError while the newest generation of a Deployment has not all its pods ready."""
    try:
        found = client.AppsV1Api(api()).read_namespaced_deployment(name, namespace, _request_timeout=REQUEST_SECONDS)
    except (ApiException, urllib3.exceptions.HTTPError) as error:
        raise NotReadyError(_short(error)) from error
    seen = found.status.observed_generation == found.metadata.generation
    ready = found.status.ready_replicas or 0
    updated = found.status.updated_replicas or 0
    if not seen or not ready >= updated >= found.spec.replicas:
        raise NotReadyError(f"deployment {namespace}/{name}: {ready} of {found.spec.replicas} pods are ready")


def _short(error: Exception) -> str:
    return f"{error.status} {error.reason}" if isinstance(error, ApiException) else str(error)


PARTS = (
    Part(
        "coredns",
        needs=("kubelet", "kube-proxy", "kube-controller-manager", "kube-scheduler", "images"),
        prepare=lambda: apply(MANIFESTS / "coredns.yaml"),
        check=lambda: check_deployment("kube-system", "coredns"),
    ),
)
