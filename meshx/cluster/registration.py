"""What istiod knows of a machine: its WorkloadEntry's health; and taking it out of service before it leaves.

istiod writes the condition ``Healthy`` from what the machine's agent reports, and sends no caller to an annotated entry
without ``Healthy=True`` (istio: pilot/pkg/model/status/workloadentry.go, pilot/pkg/autoregistration). It ties an entry
to a proxy when that connects, by annotations, and silently drops every report for an entry that is not tied to it. The
agent reports changes only. So an entry that was made again gets no report until the proxy reconnects.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from meshx.cluster.cluster_client import Cluster, ClusterError
from meshx.cluster.cluster_objects import NOT_FOUND, found, merge, part
from meshx.istio.api_versions import READ_VERSION

HEALTH_CHECKS_ANNOTATION = "proxy.istio.io/health-checks-enabled"
OUT_OF_SERVICE = "taken out of service by meshx"
UNTIED = "istiod takes no report for it"
CONTROLLER_ANNOTATION = "istio.io/workloadController"
CONNECTED_AT_ANNOTATION = "istio.io/connectedAt"
DISCONNECTED_AT_ANNOTATION = "istio.io/disconnectedAt"
"""istiod writes it: which of its pods a proxy is tied to, and when that proxy came and went."""


@dataclass(frozen=True)
class EntryHealth:
    """The health of an entry.

    ``checked``: whether anybody asks for it; ``healthy``: None while istiod has no report, or takes none;
    ``connected_at``: since when a proxy is tied to it, None if none is.
    """

    checked: bool
    healthy: bool | None = None
    message: str = ""
    connected_at: datetime | None = None


def read_entry(cluster: Cluster, namespace: str, name: str) -> dict[str, Any] | None:
    """Return a WorkloadEntry as the cluster has it, None if there is no such entry; ClusterError."""
    return found(cluster, f"{entries_path(namespace)}/{name}")


def entries_path(namespace: str) -> str:
    """The API path of a namespace's WorkloadEntries."""
    return f"/apis/networking.istio.io/{READ_VERSION}/namespaces/{namespace}/workloadentries"


def entry_health(cluster: Cluster, namespace: str, name: str) -> EntryHealth | None:
    """Return the health of a WorkloadEntry, None if there is no such entry; ClusterError."""
    entry = read_entry(cluster, namespace, name)
    return None if entry is None else health_of(entry)


def take_out_of_service(cluster: Cluster, namespace: str, name: str) -> bool:
    """Mark an entry unhealthy, so that istiod tells every caller; False if there is no such entry.

    The condition counts only with the annotation, so an entry without one gets it, too. Use this only before removing
    the entry, since no agent would ever report such an entry healthy again.
    """
    # Without `lastProbeTime`: istiod drops reports that are older than it, and this computer's clock may be ahead.
    now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    condition = {"type": "Healthy", "status": "False", "message": OUT_OF_SERVICE, "lastTransitionTime": now}

    path, doing = f"{entries_path(namespace)}/{name}", f"WorkloadEntry {namespace}/{name}"
    try:
        merge(cluster, path, {"metadata": {"annotations": {HEALTH_CHECKS_ANNOTATION: "true"}}}, doing)
        merge(cluster, f"{path}/status", {"status": {"conditions": [condition]}}, doing)
    except ClusterError as error:
        if error.status == NOT_FOUND:
            return False
        raise
    return True


def health_of(entry: dict[str, Any]) -> EntryHealth:
    """Return what an entry says of its health."""
    metadata, status = part(entry, "metadata"), part(entry, "status")
    annotations = part(metadata, "annotations")
    if HEALTH_CHECKS_ANNOTATION not in annotations:
        return EntryHealth(checked=False)
    connected_at = _instant(annotations.get(CONNECTED_AT_ANNOTATION, ""))
    conditions: list[dict[str, Any]] = status.get("conditions") or []
    for condition in conditions:
        if condition.get("type") == "Healthy":
            if condition.get("message") == OUT_OF_SERVICE:
                return EntryHealth(True, None, OUT_OF_SERVICE, connected_at)
            if CONTROLLER_ANNOTATION not in annotations:
                return EntryHealth(True, None, UNTIED)
            return EntryHealth(True, condition.get("status") == "True", condition.get("message", ""), connected_at)
    return EntryHealth(checked=True, connected_at=connected_at)


def _instant(text: str) -> datetime | None:
    """An RFC 3339 time, with Go's nanoseconds; None if the text is not one."""
    try:
        return datetime.strptime(text[:19], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=timezone.utc)
    except ValueError:
        return None
