"""When an object counts as ready: what the official plugin waits for, kind by kind, and what a program may ask for.

`await_ready` waits after a create or update, `problems_of` looks once, for a refresh.
(Official plugin: await/await.go, await/awaiters.go and metadata/overrides.go.)
"""

import os
import threading
from typing import Any

from sandbox.pulumi.kubernetes.cluster import Cluster
from sandbox.pulumi.kubernetes.object_identity import Gvk, annotation, gvk_of
from sandbox.pulumi.kubernetes.readiness.claim import look_at_claim
from sandbox.pulumi.kubernetes.readiness.deployment import look_at_deployment
from sandbox.pulumi.kubernetes.readiness.pod import look_at_pod
from sandbox.pulumi.kubernetes.readiness.service import ServiceWatch
from sandbox.pulumi.kubernetes.readiness.token_secret import look_at_secret
from sandbox.pulumi.kubernetes.readiness.wait_for import look_for
from sandbox.pulumi.kubernetes.readiness.waiting import Looking, NotReadyError, wait

__all__ = ["NotReadyError", "await_ready", "problems_of", "refusal"]

_DEFAULT_SECONDS = 600.0
_TOKEN_SECONDS = 5.0
_CLAIM_SECONDS = 300.0

# Kinds that the official plugin waits for and this one cannot judge.
_UNSERVED = {
    ("apps", "StatefulSet"),
    ("apps", "DaemonSet"),
    ("batch", "Job"),
    ("networking.k8s.io", "Ingress"),
    ("", "PersistentVolume"),
    ("", "ReplicationController"),
    ("", "ResourceQuota"),
}


def refusal(inputs: dict[str, Any]) -> str:
    """Why this plugin cannot take an object at all: one whose readiness it cannot judge; empty if it can."""
    gvk = gvk_of(inputs)
    if (gvk.group, gvk.kind) not in _UNSERVED or _skipped(inputs) or annotation(inputs, "pulumi.com/waitFor"):
        return ""
    return (
        f"the sandbox's kubernetes plugin does not wait for a {gvk.kind}; use the official plugin, or set the "
        'annotation pulumi.com/skipAwait: "true"'
    )


def await_ready(
    cluster: Cluster,
    inputs: dict[str, Any],
    live: dict[str, Any],
    *,
    before: dict[str, Any] | None,
    timeout: float,
    cancelled: threading.Event,
) -> dict[str, Any]:
    """Wait until the object is ready; the live object then. Raises NotReadyError, which holds it as it is.

    before: the live object before an update, None for a create. timeout: of custom_timeouts, 0 for none.
    """
    looking, text, seconds = _watch(cluster, inputs, live, before)
    if looking is None:
        return cluster.find(gvk_of(live), live["metadata"].get("namespace") or "", live["metadata"]["name"]) or live
    annotated = annotation(inputs, "pulumi.com/timeoutSeconds")
    limit = timeout or (float(annotated) if annotated.isdigit() else 0.0) or seconds
    return wait(looking, live, limit, cancelled, text)


def problems_of(cluster: Cluster, inputs: dict[str, Any], live: dict[str, Any]) -> tuple[str, ...]:
    """Why a live object is not ready, for a refresh (await.go, Read: Deployment, Service and Pod alone are judged)."""
    if _skipped(inputs):
        return ()
    gvk = gvk_of(live)
    if (gvk.group, gvk.kind) == ("", "Service"):
        look = ServiceWatch(cluster, live, settle_seconds=0).look()
    elif (gvk.group, gvk.kind) in _JUDGED_BY_READ:
        look = _JUDGED_BY_READ[gvk.group, gvk.kind](cluster, live, None)
    else:
        return ()
    if look.ready:
        return ()
    return (f"Resource '{live['metadata']['name']}' was created but failed to initialize", *look.problems)


_JUDGED_BY_READ = {("apps", "Deployment"): look_at_deployment, ("", "Pod"): look_at_pod}


def _skipped(inputs: dict[str, Any]) -> bool:
    return annotation(inputs, "pulumi.com/skipAwait") == "true"


def _watch(
    cluster: Cluster, inputs: dict[str, Any], live: dict[str, Any], before: dict[str, Any] | None
) -> tuple[Looking | None, str, float]:
    """How to look, the words for running out of time, and the time there is if nobody sets another."""
    name = live["metadata"]["name"]
    text = f"'{name}' timed out waiting to be Ready"
    if _skipped(inputs):
        return None, text, 0.0
    if wanted := annotation(live, "pulumi.com/waitFor"):
        return look_for(cluster, live, wanted), "timed out waiting for the condition", _DEFAULT_SECONDS
    looking = _by_kind(cluster, gvk_of(live), live, before)
    if looking is None and os.environ.get("PULUMI_K8S_AWAIT_ALL") == "true":
        return look_for(cluster, live, "condition=Ready"), "timed out waiting for the condition", _DEFAULT_SECONDS
    seconds = {"Secret": _TOKEN_SECONDS, "PersistentVolumeClaim": _CLAIM_SECONDS}.get(gvk_of(live).kind)
    return looking, text, seconds or _DEFAULT_SECONDS


def _by_kind(cluster: Cluster, gvk: Gvk, live: dict[str, Any], before: dict[str, Any] | None) -> Looking | None:
    if (gvk.group, gvk.kind) == ("apps", "Deployment"):
        return lambda: look_at_deployment(cluster, live, before)
    if gvk.group:
        return None
    if gvk.kind == "Service":
        return ServiceWatch(cluster, live).look
    if gvk.kind == "Secret" and live.get("type") == "kubernetes.io/service-account-token":
        return lambda: look_at_secret(cluster, live)
    looks = {"Pod": look_at_pod, "PersistentVolumeClaim": look_at_claim}
    look = looks.get(gvk.kind)
    return (lambda: look(cluster, live, before)) if look else None
