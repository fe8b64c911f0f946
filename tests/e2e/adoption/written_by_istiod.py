"""What a running istiod writes into the cluster by itself, some moments after there is reason to."""

import time
from collections.abc import Callable

from kubernetes import client

from sandbox.kubernetes import cluster

SECONDS = 120


def await_root_certificate(namespace: str) -> None:
    """Wait until istiod has written its root certificate to a namespace that is new."""
    _await(lambda: _config_map_is_there(namespace), f"no root certificate in namespace {namespace}")


def await_forgotten(namespace: str, group: str) -> None:
    """Wait until istiod has removed the entry of a machine that registered itself with a group and does no more."""
    _await(lambda: not _registered(namespace, group), f"an entry of group {group} stays in namespace {namespace}")


def _config_map_is_there(namespace: str) -> bool:
    found = client.CoreV1Api(cluster.api()).list_namespaced_config_map(namespace).items
    return any(config_map.metadata.name == "istio-ca-root-cert" for config_map in found)


def _registered(namespace: str, group: str) -> list[str]:
    entries = client.CustomObjectsApi(cluster.api()).list_namespaced_custom_object(
        "networking.istio.io", "v1", namespace, "workloadentries"
    )
    names = [entry["metadata"]["name"] for entry in entries["items"]]
    return [name for name in names if name.startswith(f"{group}-")]


def _await(holds: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.3)
