"""What istiod knows of a machine: its WorkloadEntry's health, and taking it out of service before it leaves.

istiod writes the condition ``Healthy`` from what the machine's agent reports, and sends nobody to an annotated entry
without ``Healthy=True`` (istio: pilot/pkg/model/status/workloadentry.go, pilot/pkg/autoregistration). It ties an entry
to a proxy when that connects, by annotations, and drops every report for an entry that is not tied to it, without a
word; the agent reports changes only. So an entry that was made anew hears of nothing until the proxy connects anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from meshx.cluster.cluster_client import REQUEST_SECONDS, Cluster, ClusterError

HEALTH_CHECKS_ANNOTATION = "proxy.istio.io/health-checks-enabled"
OUT_OF_SERVICE = "taken out of service by meshx"
UNTIED = "istiod takes no report for it"
CONTROLLER_ANNOTATION = "istio.io/workloadController"
CONNECTED_AT_ANNOTATION = "istio.io/connectedAt"
DISCONNECTED_AT_ANNOTATION = "istio.io/disconnectedAt"
"""Written by istiod: which of its pods a proxy is tied to, and when that proxy came and went."""
_GROUP, _VERSION, _PLURAL = "networking.istio.io", "v1", "workloadentries"
_NOT_FOUND = 404


@dataclass(frozen=True)
class EntryHealth:
    """The health of an entry.

    ``checked``: whether anybody asks for it; ``healthy``: None while istiod has no word of its own, or takes none;
    ``connected_at``: since when a proxy is tied to it, None where none is.
    """

    checked: bool
    healthy: bool | None = None
    message: str = ""
    connected_at: datetime | None = None


def read_entry(cluster: Cluster, namespace: str, name: str) -> dict[str, Any] | None:
    """Return a WorkloadEntry as the cluster has it, None where there is no such entry; ClusterError."""

    def request(client: Any) -> Any:
        return _api(client).get_namespaced_custom_object(
            _GROUP, _VERSION, namespace, _PLURAL, name, _request_timeout=REQUEST_SECONDS
        )

    try:
        return cluster.call(f"WorkloadEntry {namespace}/{name}", request)
    except ClusterError as error:
        if error.status == _NOT_FOUND:
            return None
        raise


def entry_health(cluster: Cluster, namespace: str, name: str) -> EntryHealth | None:
    """Return the health of a WorkloadEntry, None where there is no such entry; ClusterError."""
    entry = read_entry(cluster, namespace, name)
    return None if entry is None else health_of(entry)


def take_out_of_service(cluster: Cluster, namespace: str, name: str) -> bool:
    """Mark an entry unhealthy, so that istiod tells every caller; False where there is no such entry.

    An entry whose health nobody asked for gets the annotation with it, without which the condition says nothing: only
    for one that is about to be removed, since no agent would ever report it healthy again.
    """
    # Without `lastProbeTime`: istiod drops reports that are older than it, and this computer's clock may be ahead.
    now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    condition = {"type": "Healthy", "status": "False", "message": OUT_OF_SERVICE, "lastTransitionTime": now}

    def request(client: Any) -> None:
        api = _api(client)
        place = (_GROUP, _VERSION, namespace, _PLURAL, name)
        # The client has no content type of its own for these; a list of patches would be taken for JSON Patch.
        api.patch_namespaced_custom_object(
            *place,
            {"metadata": {"annotations": {HEALTH_CHECKS_ANNOTATION: "true"}}},
            _content_type="application/merge-patch+json",
            _request_timeout=REQUEST_SECONDS,
        )
        api.patch_namespaced_custom_object_status(
            *place,
            {"status": {"conditions": [condition]}},
            _content_type="application/merge-patch+json",
            _request_timeout=REQUEST_SECONDS,
        )

    try:
        cluster.call(f"WorkloadEntry {namespace}/{name}", request)
    except ClusterError as error:
        if error.status == _NOT_FOUND:
            return False
        raise
    return True


def health_of(entry: dict[str, Any]) -> EntryHealth:
    """Return what an entry says of its health."""
    metadata, status = _part(entry, "metadata"), _part(entry, "status")
    annotations = _part(metadata, "annotations")
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
    """An RFC 3339 time, with Go's nanoseconds; None where it is none."""
    try:
        return datetime.strptime(text[:19], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=timezone.utc)
    except ValueError:
        return None


def _part(whole: dict[str, Any], key: str) -> dict[str, Any]:
    return whole.get(key) or {}


def _api(client: Any) -> Any:
    from kubernetes.client import CustomObjectsApi  # noqa: PLC0415 - see cluster_client.py

    return CustomObjectsApi(client)
