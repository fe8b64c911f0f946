"""Helm's records of a release: one Secret for each revision, with all that Helm knows of it.

Source: helm 3, pkg/storage/driver/secrets.go (type `helm.sh/release.v1`, labels `owner`, `name`, `status`, `version`)
and pkg/storage/driver/util.go, encodeRelease (JSON, compressed by gzip, in Base64).
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from meshx.cluster.cluster_client import Cluster
from meshx.cluster.cluster_objects import listed, merge, remove

FAILED = "failed"


@dataclass(frozen=True)
class ReleaseName:
    """Which release; several namespaces may have one of the same name."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


@dataclass(frozen=True)
class Revision:
    """One revision of a release: its number, its status (`deployed`, `pending-install`, ...) and its own values."""

    secret: str
    number: int
    status: str
    values: dict[str, Any]
    content: dict[str, Any]
    """The whole record."""


def revisions(cluster: Cluster, release: ReleaseName) -> list[Revision]:
    """All revisions of a release, oldest first; empty if there is no release of that name. ClusterError."""
    secrets = listed(cluster, _path(release), {"labelSelector": f"owner=helm,name={release.name}"})
    return sorted(map(_revision, secrets), key=lambda revision: revision.number)


def forget(cluster: Cluster, release: ReleaseName, recorded: Sequence[Revision]) -> None:
    """Remove the records; the release's objects stay, and a new installation by its name adopts them. ClusterError.

    Newest first: if it is cut short, the rest is still a release.
    """
    for revision in reversed(recorded):
        remove(cluster, f"{_path(release)}/{revision.secret}")


def mark_failed(cluster: Cluster, release: ReleaseName, revision: Revision, reason: str) -> None:
    """Record in a revision that it failed, as Helm does if it can; then Helm allows an upgrade. ClusterError."""
    info = {**revision.content["info"], "status": FAILED, "description": reason}
    changes = {
        "metadata": {"labels": {"status": FAILED}},
        "data": {"release": _encoded({**revision.content, "info": info})},
    }
    doing = f"marking Helm's record {release.namespace}/{revision.secret} as failed"
    merge(cluster, f"{_path(release)}/{revision.secret}", changes, doing)


def _path(release: ReleaseName) -> str:
    return f"/api/v1/namespaces/{release.namespace}/secrets"


def _revision(secret: Mapping[str, Any]) -> Revision:
    # A Secret's data is in Base64 in any case, with Helm's own Base64 inside.
    packed = base64.b64decode(base64.b64decode(secret["data"]["release"]))
    content: dict[str, Any] = json.loads(gzip.decompress(packed))
    return Revision(
        secret=secret["metadata"]["name"],
        number=content["version"],
        status=content["info"]["status"],
        values=content.get("config") or {},
        content=content,
    )


def _encoded(content: dict[str, Any]) -> str:
    packed = base64.b64encode(gzip.compress(json.dumps(content).encode()))
    return base64.b64encode(packed).decode()
