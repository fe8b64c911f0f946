"""When a PersistentVolumeClaim is ready: it is bound (official plugin: await/awaiters.go)."""

from typing import Any

from sandbox.pulumi.kubernetes.cluster import Cluster
from sandbox.pulumi.kubernetes.object_identity import Gvk
from sandbox.pulumi.kubernetes.readiness.waiting import Look, current

_STORAGE_CLASS = Gvk("storage.k8s.io", "v1", "StorageClass")


def look_at_claim(cluster: Cluster, live: dict[str, Any], before: dict[str, Any] | None) -> Look:
    """One look. A claim whose class binds for its first consumer only is not waited for: nobody consumes it yet."""
    del before
    claim = current(cluster, live)
    phase = (claim.get("status") or {}).get("phase")
    if phase == "Bound":
        return Look(True, claim)
    if name := claim["spec"].get("storageClassName"):
        storage_class = cluster.find(_STORAGE_CLASS, "", name)
        if storage_class and storage_class.get("volumeBindingMode") == "WaitForFirstConsumer":
            return Look(True, claim)
    return Look(False, claim, (f"PersistentVolumeClaim is not bound. status.phase currently at: {phase}",))
