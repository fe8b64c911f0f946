"""When a Pod is ready: it has run to its end, or says that it is Ready (official plugin: await/checker/pod)."""

from typing import Any

from sandbox.pulumi.kubernetes.cluster import Cluster
from sandbox.pulumi.kubernetes.readiness.waiting import Look, condition, current


def look_at_pod(cluster: Cluster, live: dict[str, Any], before: dict[str, Any] | None) -> Look:
    """One look; `before` is not needed."""
    del before
    pod = current(cluster, live)
    succeeded = (pod.get("status") or {}).get("phase") == "Succeeded"
    ready = succeeded or condition(pod, "Ready").get("status") == "True"
    return Look(ready, pod, () if ready else tuple(pod_problems(pod)))


def pod_problems(pod: dict[str, Any]) -> list[str]:
    """What keeps a pod from being ready, a line each: `[Pod namespace/name]: what -- [reason] message`."""
    name = f"[Pod {pod['metadata']['namespace']}/{pod['metadata']['name']}]"
    found = []
    for kind in ("PodScheduled", "Initialized", "Ready"):
        entry = condition(pod, kind)
        if entry.get("status") == "False" and entry.get("message"):
            details = "".join(_container_problems(pod)) if kind == "Ready" else ""
            found.append(f"{name}: {entry['message']}{details}")
    return found


def _container_problems(pod: dict[str, Any]) -> list[str]:
    status = pod.get("status") or {}
    found = []
    for container in [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]:
        state = container.get("state") or {}
        stopped = state.get("waiting") or state.get("terminated") or {}
        # A container of a pod that is just being made is no problem yet.
        if stopped.get("reason") not in (None, "ContainerCreating", "PodInitializing", "Completed"):
            found.append(f" -- [{stopped['reason']}] {stopped.get('message') or container['name']}")
    return found
