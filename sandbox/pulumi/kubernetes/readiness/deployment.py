"""When a Deployment is ready: its new ReplicaSet has all its pods ready (official plugin: await/deployment.go)."""

from typing import Any

from sandbox.pulumi.kubernetes.cluster import Cluster
from sandbox.pulumi.kubernetes.object_identity import Gvk, annotation
from sandbox.pulumi.kubernetes.readiness.pod import pod_problems
from sandbox.pulumi.kubernetes.readiness.waiting import Look, condition, current, owned_by

_REVISION = "deployment.kubernetes.io/revision"
_REPLICA_SET = Gvk("apps", "v1", "ReplicaSet")
_POD = Gvk("", "v1", "Pod")
_CLAIM = Gvk("", "v1", "PersistentVolumeClaim")


def look_at_deployment(cluster: Cluster, live: dict[str, Any], before: dict[str, Any] | None) -> Look:
    """One look; `before` is not needed: the controller says by observedGeneration which update it has seen."""
    del before
    deployment = current(cluster, live)
    status = deployment.get("status") or {}
    if status.get("observedGeneration") != deployment["metadata"].get("generation"):
        return Look(False, deployment, ("Minimum number of live Pods was not attained",))
    namespace = deployment["metadata"]["namespace"]
    revision = annotation(deployment, _REVISION)
    replica_sets = [item for item in cluster.list_all(_REPLICA_SET, namespace) if owned_by(item, deployment)]
    newest = next((item for item in replica_sets if annotation(item, _REVISION) == revision), None)
    problems = _condition_problems(deployment)
    available = condition(deployment, "Available").get("status") == "True"
    progressing = condition(deployment, "Progressing")
    rolled_out = progressing.get("status") == "True" and progressing.get("reason") == "NewReplicaSetAvailable"
    if not available:
        problems.append("Minimum number of live Pods was not attained")
    elif not _pods_ready(newest) or (revision != "1" and not rolled_out):
        problems.append("Minimum number of Pods to consider the application live was not attained")
    if unbound := _unbound_claims(cluster, deployment, namespace):
        problems.append(f'Failed to bind PersistentVolumeClaim(s): "{",".join(unbound)}"')
    if problems and newest:
        pods = [pod for pod in cluster.list_all(_POD, namespace) if owned_by(pod, newest)]
        problems += [problem for pod in pods for problem in pod_problems(pod)]
    return Look(not problems, deployment, tuple(problems))


def _condition_problems(deployment: dict[str, Any]) -> list[str]:
    found = []
    for kind in ("Progressing", "Available"):
        entry = condition(deployment, kind)
        if entry and entry.get("status") != "True" and entry.get("reason") and entry.get("message"):
            found.append(f"[{entry['reason']}] {entry['message']}")
    return found


def _pods_ready(replica_set: dict[str, Any] | None) -> bool:
    if replica_set is None:
        return False
    # What the ReplicaSet asks for is the plan of record: somebody may have scaled the Deployment meanwhile.
    wanted = replica_set["spec"].get("replicas", 1)
    return (replica_set.get("status") or {}).get("readyReplicas", 0) >= wanted


def _unbound_claims(cluster: Cluster, deployment: dict[str, Any], namespace: str) -> list[str]:
    volumes = deployment["spec"]["template"]["spec"].get("volumes") or []
    names = {volume["persistentVolumeClaim"]["claimName"] for volume in volumes if "persistentVolumeClaim" in volume}
    if not names:
        return []
    claims = [claim for claim in cluster.list_all(_CLAIM, namespace) if claim["metadata"]["name"] in names]
    return sorted(claim["metadata"]["name"] for claim in claims if claim.get("status", {}).get("phase") != "Bound")
