"""Objects of the cluster as plain values, in the shape and with the names of the API's JSON. All raise ClusterError."""

from __future__ import annotations

from typing import Any

from meshx.cluster.cluster_client import Cluster
from meshx.cluster.cluster_objects import found, listed, part
from meshx.istio.api_versions import READ_VERSION


def config_map_path(namespace: str, name: str) -> str:
    """The path of a ConfigMap in the API."""
    return f"/api/v1/namespaces/{namespace}/configmaps/{name}"


def config_map(cluster: Cluster, namespace: str, name: str) -> dict[str, Any] | None:
    """Return the data of a ConfigMap, None if there is none."""
    there = found(cluster, config_map_path(namespace, name))
    return None if there is None else part(there, "data")


def namespace_labels(cluster: Cluster, namespace: str) -> dict[str, str]:
    """Return the labels of a namespace, none if it does not exist."""
    return part(part(found(cluster, f"/api/v1/namespaces/{namespace}") or {}, "metadata"), "labels")


def service(cluster: Cluster, namespace: str, name: str) -> dict[str, Any] | None:
    """Return a Service, None if there is none."""
    return found(cluster, f"/api/v1/namespaces/{namespace}/services/{name}")


def services(cluster: Cluster) -> list[dict[str, Any]]:
    """Return every Service."""
    return list(listed(cluster, "/api/v1/services"))


def deployments(cluster: Cluster, namespace: str, selector: str) -> list[dict[str, Any]]:
    """Return the Deployments of a namespace that match a label selector."""
    return list(listed(cluster, f"/apis/apps/v1/namespaces/{namespace}/deployments", {"labelSelector": selector}))


def istio_objects(cluster: Cluster, plural: str, version: str = READ_VERSION) -> list[dict[str, Any]]:
    """Return all objects of a kind of networking.istio.io; none if the cluster has no such kind.

    ``version`` is the kind's: Istio 1.1 to 1.4 serves only `v1alpha3`.
    """
    return list(listed(cluster, f"/apis/networking.istio.io/{version}/{plural}"))
