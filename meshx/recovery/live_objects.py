"""Cluster objects as they live, looked up by what a resource's inputs say of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from meshx.provider.cluster_client import REQUEST_SECONDS, Cluster, ClusterError

NOT_FOUND = 404


@dataclass(frozen=True)
class ObjectName:
    """Which object: `apiVersion`, kind, name, and a namespace ("" for objects that are in none)."""

    api_version: str
    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"


def object_name(inputs: Mapping[str, Any]) -> ObjectName | None:
    """The object that a Kubernetes resource's inputs are for; None where its name is not given in them."""
    metadata: Mapping[str, Any] = inputs.get("metadata") or {}
    kind, name = inputs.get("kind"), metadata.get("name")
    if not isinstance(kind, str) or not isinstance(name, str):
        return None
    return ObjectName(str(inputs.get("apiVersion") or "v1"), kind, str(metadata.get("namespace") or ""), name)


def live_labels(cluster: Cluster, wanted: ObjectName) -> Mapping[str, str] | None:
    """The labels of the live object, None where there is no such object or no such kind; ClusterError."""
    try:
        path = _path(cluster, wanted)
        live = _get(cluster, str(wanted), path) if path else None
    except ClusterError as error:
        if error.status == NOT_FOUND:
            return None
        raise
    return None if live is None else live.get("metadata", {}).get("labels") or {}


def _path(cluster: Cluster, wanted: ObjectName) -> str | None:
    """Where the API server has the object; what a kind is called in paths only the server knows."""
    group = f"/api/{wanted.api_version}" if "/" not in wanted.api_version else f"/apis/{wanted.api_version}"
    kinds: list[dict[str, Any]] = _get(cluster, f"the kinds of {wanted.api_version}", group)["resources"]
    for kind in kinds:
        if kind["kind"] == wanted.kind and "/" not in kind["name"]:
            within = f"/namespaces/{wanted.namespace or 'default'}" if kind["namespaced"] else ""
            return f"{group}{within}/{kind['name']}/{wanted.name}"
    return None


def _get(cluster: Cluster, doing: str, path: str) -> dict[str, Any]:
    def request(client: Any) -> Any:
        # Any path there is; the client's named methods need one for each kind.
        prepared = client.param_serialize(
            "GET", path, header_params={"Accept": "application/json"}, auth_settings=["BearerToken"]
        )
        response = client.call_api(*prepared, _request_timeout=REQUEST_SECONDS)
        response.read()
        return client.response_deserialize(response, {"default": "object"}).data

    return cast("dict[str, Any]", cluster.call(doing, request))
