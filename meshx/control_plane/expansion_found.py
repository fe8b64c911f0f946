"""The objects of mesh expansion in the cluster, compared with what they must be.

Objects are `{apiVersion, kind, name, content}`, as `istio.expansion_objects.expansion_inputs` gives them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from meshx.cluster.cluster_client import Cluster
from meshx.cluster.cluster_objects import found
from meshx.cluster.expansion_differences import differences

PLURALS = {
    "ConfigMap": "configmaps",
    "DestinationRule": "destinationrules",
    "EnvoyFilter": "envoyfilters",
    "Gateway": "gateways",
    "Service": "services",
    "VirtualService": "virtualservices",
}
"""What the API's paths call each kind of these objects."""


def missing(cluster: Cluster, namespace: str, objects: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """The objects that are not there, in words; ClusterError."""
    for one in objects:
        if found_object(cluster, namespace, one) is None:
            yield f"{title(one)} is missing"


def differing(cluster: Cluster, namespace: str, objects: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """The objects that are not what they must be, with the differences; ClusterError."""
    for one in objects:
        there = found_object(cluster, namespace, one)
        if there is not None and (told := differences(one["content"], there)):
            yield f"{title(one)}: {', '.join(told)}"


def found_object(cluster: Cluster, namespace: str, one: Mapping[str, Any]) -> dict[str, Any] | None:
    """One object as it is, None if it is not there; ClusterError."""
    return found(cluster, f"{list_path(namespace, one)}/{one['name']}")


def list_path(namespace: str, one: Mapping[str, Any]) -> str:
    """The API's path of all objects of its kind in a namespace."""
    api = str(one["apiVersion"])
    group = f"/apis/{api}" if "/" in api else f"/api/{api}"
    return f"{group}/namespaces/{namespace}/{PLURALS[one['kind']]}"


def title(one: Mapping[str, Any]) -> str:
    """What an object is called: its kind and name."""
    return f"{one['kind']} {one['name']}"
