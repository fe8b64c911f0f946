"""Helm's records of a release: one Secret for each revision, with all that Helm knows of it.

Source: helm 3, pkg/storage/driver/secrets.go (type `helm.sh/release.v1`, labels `owner`, `name`, `status`, `version`)
and pkg/storage/driver/util.go, encodeRelease (JSON, compressed by gzip, in Base64).
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from meshx.cluster.cluster_client import REQUEST_SECONDS, Cluster

FAILED = "failed"


@dataclass(frozen=True)
class ReleaseName:
    """Which release; the same name may stand in several namespaces."""

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
    """All revisions of a release, oldest first; empty where there is no release of that name. ClusterError."""

    def request(client: Any) -> Any:
        return _core(client).list_namespaced_secret(
            release.namespace, label_selector=f"owner=helm,name={release.name}", _request_timeout=REQUEST_SECONDS
        )

    found = cluster.call(f"Helm's records of release {release}", request).items
    return sorted((_revision(secret) for secret in found), key=lambda revision: revision.number)


def forget(cluster: Cluster, release: ReleaseName, recorded: Sequence[Revision]) -> None:
    """Remove the records; what the release made stays, and an installation under its name takes it over. ClusterError.

    Newest first: cut short in between, the rest is still a release.
    """
    for revision in reversed(recorded):

        def request(client: Any, secret: str = revision.secret) -> Any:
            return _core(client).delete_namespaced_secret(secret, release.namespace, _request_timeout=REQUEST_SECONDS)

        cluster.call(f"removing Helm's record {release.namespace}/{revision.secret}", request)


def mark_failed(cluster: Cluster, release: ReleaseName, revision: Revision, reason: str) -> None:
    """Write into a revision that it failed, as Helm does where it can; an upgrade goes on from there. ClusterError."""
    info = {**revision.content["info"], "status": FAILED, "description": reason}
    body = {
        "metadata": {"labels": {"status": FAILED}},
        "data": {"release": _encoded({**revision.content, "info": info})},
    }

    def request(client: Any) -> Any:
        return _core(client).patch_namespaced_secret(
            revision.secret, release.namespace, body, _request_timeout=REQUEST_SECONDS
        )

    cluster.call(f"marking Helm's record {release.namespace}/{revision.secret} as failed", request)


def _revision(secret: Any) -> Revision:
    # A Secret's data is in Base64 in any case, and Helm's own Base64 lies within it.
    content: dict[str, Any] = json.loads(gzip.decompress(base64.b64decode(base64.b64decode(secret.data["release"]))))
    return Revision(
        secret=secret.metadata.name,
        number=content["version"],
        status=content["info"]["status"],
        values=content.get("config") or {},
        content=content,
    )


def _encoded(content: dict[str, Any]) -> str:
    packed = base64.b64encode(gzip.compress(json.dumps(content).encode()))
    return base64.b64encode(packed).decode()


def _core(client: Any) -> Any:
    from kubernetes.client import CoreV1Api  # noqa: PLC0415 - see cluster_client.py

    return CoreV1Api(client)
