"""Objects of the cluster as plain values, in the shape and with the names of the API's JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from meshx.cluster.cluster_client import REQUEST_SECONDS, Cluster, ClusterError

_NOT_FOUND = 404


def config_map(cluster: Cluster, namespace: str, name: str) -> dict[str, Any] | None:
    """Return the data of a ConfigMap, None where there is none; ClusterError."""
    found = _looked_up(
        cluster,
        f"ConfigMap {namespace}/{name}",
        lambda client: _core(client).read_namespaced_config_map(name, namespace, _request_timeout=REQUEST_SECONDS),
    )
    return None if found is None else found.get("data") or {}


def namespace_labels(cluster: Cluster, namespace: str) -> dict[str, str]:
    """Return the labels of a namespace, none where it is not there; ClusterError."""
    found = _looked_up(
        cluster,
        f"Namespace {namespace}",
        lambda client: _core(client).read_namespace(namespace, _request_timeout=REQUEST_SECONDS),
    )
    return (found or {}).get("metadata", {}).get("labels") or {}


def service(cluster: Cluster, namespace: str, name: str) -> dict[str, Any] | None:
    """Return a Service, None where there is none; ClusterError."""
    return _looked_up(
        cluster,
        f"Service {namespace}/{name}",
        lambda client: _core(client).read_namespaced_service(name, namespace, _request_timeout=REQUEST_SECONDS),
    )


def services(cluster: Cluster) -> list[dict[str, Any]]:
    """Return every Service; ClusterError."""
    found = _looked_up(
        cluster,
        "Services",
        lambda client: _core(client).list_service_for_all_namespaces(_request_timeout=REQUEST_SECONDS),
    )
    return (found or {}).get("items") or []


def deployments(cluster: Cluster, namespace: str, selector: str) -> list[dict[str, Any]]:
    """Return the Deployments of a namespace that a label selector names; ClusterError."""

    def request(client: Any) -> Any:
        from kubernetes.client import AppsV1Api  # noqa: PLC0415 - see cluster_client.py

        api: Any = AppsV1Api(client)
        return api.list_namespaced_deployment(namespace, label_selector=selector, _request_timeout=REQUEST_SECONDS)

    found = _looked_up(cluster, f"Deployments of namespace {namespace}", request)
    return (found or {}).get("items") or []


def istio_objects(cluster: Cluster, plural: str, version: str = "v1") -> list[dict[str, Any]]:
    """Return all objects of a kind of networking.istio.io; none where the cluster has no such kind; ClusterError.

    ``version`` is the kind's: Istio 1.1 to 1.4 serves `v1alpha3` and no other.
    """

    def request(client: Any) -> Any:
        from kubernetes.client import CustomObjectsApi  # noqa: PLC0415 - see cluster_client.py

        api: Any = CustomObjectsApi(client)
        return api.list_cluster_custom_object("networking.istio.io", version, plural, _request_timeout=REQUEST_SECONDS)

    found = _looked_up(cluster, f"{plural}.networking.istio.io", request)
    return (found or {}).get("items") or []


def _looked_up(cluster: Cluster, what: str, request: Callable[[Any], Any]) -> dict[str, Any] | None:
    def plain(client: Any) -> Any:
        return client.sanitize_for_serialization(request(client))

    try:
        return cluster.call(f"looking at {what}", plain)
    except ClusterError as error:
        if error.status == _NOT_FOUND:
            return None
        raise


def _core(client: Any) -> Any:
    from kubernetes.client import CoreV1Api  # noqa: PLC0415 - see cluster_client.py

    return CoreV1Api(client)
