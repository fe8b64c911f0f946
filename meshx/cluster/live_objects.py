"""Live objects of the cluster, found by a resource's inputs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from meshx.cluster.cluster_client import Cluster
from meshx.cluster.cluster_objects import found, patch


@dataclass(frozen=True)
class ObjectName:
    """Which object: `apiVersion`, kind, name, and a namespace ("" for objects without one)."""

    api_version: str
    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"


def object_name(inputs: Mapping[str, Any]) -> ObjectName | None:
    """The object that a Kubernetes resource's inputs describe; None if they do not give its name."""
    metadata: Mapping[str, Any] = inputs.get("metadata") or {}
    kind, name = inputs.get("kind"), metadata.get("name")
    if not isinstance(kind, str) or not isinstance(name, str):
        return None
    return ObjectName(str(inputs.get("apiVersion") or "v1"), kind, str(metadata.get("namespace") or ""), name)


@dataclass(frozen=True)
class LiveObject:
    """A live object: its path in the API and its metadata."""

    path: str
    metadata: Mapping[str, Any]

    @property
    def labels(self) -> Mapping[str, str]:
        """Its labels; empty if it has none."""
        return self.metadata.get("labels") or {}


def find(cluster: Cluster, wanted: ObjectName) -> LiveObject | None:
    """The live object, None if there is no such object or no such kind; ClusterError."""
    path = _path(cluster, wanted)
    live = found(cluster, path) if path is not None else None
    return LiveObject(path, live["metadata"]) if path is not None and live is not None else None


def give_up_fields(cluster: Cluster, wanted: ObjectName, live: LiveObject, label: str) -> None:
    """Remove all ownership of the object's fields, except for one label and for its status; ClusterError.

    The kubernetes plugin applies each creation as a new field manager. A field that another manager owns with another
    value is a conflict, even if that manager is the dead run's, or whoever handed the object over. One field must stay
    owned: the API server counts an object without any owner as wholly owned by its last one.
    Source: https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts and #clearing-managedfields;
    pulumi-kubernetes, provider.go, fieldManagerName.
    """
    entries: list[dict[str, Any]] = live.metadata.get("managedFields") or []
    kept = [entry for entry in entries if entry.get("subresource")]
    if len(kept) == len(entries):
        return
    remainder: dict[str, Any] = {
        "manager": "meshx",
        "operation": "Update",
        "apiVersion": wanted.api_version,
        "fieldsType": "FieldsV1",
        "fieldsV1": {"f:metadata": {"f:labels": {f"f:{label}": {}}}},
    }
    operations: list[dict[str, Any]] = [
        {"op": "replace", "path": "/metadata/resourceVersion", "value": live.metadata["resourceVersion"]},
        {"op": "replace", "path": "/metadata/managedFields", "value": [*kept, remainder]},
    ]
    patch(cluster, live.path, operations)


def _path(cluster: Cluster, wanted: ObjectName) -> str | None:
    """The object's path in the API; only the server knows what paths call a kind."""
    group = f"/api/{wanted.api_version}" if "/" not in wanted.api_version else f"/apis/{wanted.api_version}"
    kind = _kind(cluster.api.kinds.get(group), wanted)
    if kind is None:
        # Not asked for yet, or a kind that is new.
        kinds = cluster.api.kinds[group] = (found(cluster, group) or {}).get("resources") or []
        kind = _kind(kinds, wanted)
    if kind is None:
        return None
    within = f"/namespaces/{wanted.namespace or 'default'}" if kind["namespaced"] else ""
    return f"{group}{within}/{kind['name']}/{wanted.name}"


def _kind(kinds: Iterable[Mapping[str, Any]] | None, wanted: ObjectName) -> Mapping[str, Any] | None:
    return next((one for one in kinds or () if one["kind"] == wanted.kind and "/" not in one["name"]), None)
