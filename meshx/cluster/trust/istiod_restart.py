"""Restarts every istiod of a namespace for another content of `cacerts`, and waits until it tells the roots in there.

istiod checks certificates of machines by the roots that it had when it started (createPeerCertVerifier in
pilot/pkg/bootstrap/server.go of Istio 1.31).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from meshx.cluster.certificate import names_of
from meshx.cluster.cluster_client import Cluster
from meshx.cluster.cluster_lookups import deployments
from meshx.cluster.cluster_objects import found, merge, part
from meshx.cluster.trust.present_trust import Roots, told_roots
from meshx.plugin_base.custom_resource import Operation, ResourceError
from meshx.plugin_base.waiting import Wait

MARK = "meshx/roots-of-trust"
"""An annotation of istiod's pods: what they started with."""
SECONDS = 300.0


def istiods(cluster: Cluster, namespace: str) -> list[dict[str, Any]]:
    """The Deployments of all revisions; not those that are on their way out. ClusterError."""
    there = deployments(cluster, namespace, "app=istiod")
    return [one for one in there if not part(one, "metadata").get("deletionTimestamp")]


def names_of_istiods(cluster: Cluster, namespace: str) -> list[str]:
    """The names of these. ClusterError."""
    return [str(one["metadata"]["name"]) for one in istiods(cluster, namespace)]


def restarted(
    cluster: Cluster, namespace: str, mark: str, roots: Roots, operation: Operation, *, own: Collection[str]
) -> None:
    """Have each istiod start anew, unless it did so for this mark already. ResourceError if one does not come.

    own: the names of the stack's. Those of others issue by the same Secret, and nobody waits for them.
    """
    names = names_of_istiods(cluster, namespace)
    if not names:
        return
    annotations = {MARK: mark}
    for name in names:
        path = f"/apis/apps/v1/namespaces/{namespace}/deployments/{name}"
        template = {"spec": {"template": {"metadata": {"annotations": annotations}}}}
        merge(cluster, path, template, f"restarting {namespace}/{name} for its roots of trust")
    wait = Wait(operation.cancelled, operation.timeout or SECONDS)
    waited_for = [name for name in names if name in own]
    # While the stack's own is still to come, only that of others could tell the roots.
    while waited_for and (waits_for := list(_unready(cluster, namespace, waited_for, roots))):
        if not wait.pause():
            raise ResourceError(
                f"istiod has not taken its roots of trust after {wait.waited:.0f} s: {'; '.join(waits_for)}. See "
                f"`kubectl -n {namespace} get pods -l app=istiod` and istiod's log. Remedy: put right what keeps it, "
                "and run `pulumi up` again, which goes on from here"
            )


def _unready(cluster: Cluster, namespace: str, names: list[str], roots: Roots) -> Iterator[str]:
    for name in names:
        deployment = found(cluster, f"/apis/apps/v1/namespaces/{namespace}/deployments/{name}")
        if deployment is not None and not _is_rolled_out(deployment):
            yield f"Deployment {name} is not rolled out"
    if (told := told_roots(cluster, namespace)) != roots:
        yield f"it tells namespaces to trust {names_of(told) if told else 'nothing'}"


def _is_rolled_out(deployment: Mapping[str, Any]) -> bool:
    status = part(deployment, "status")
    if int(status.get("observedGeneration", 0)) < int(part(deployment, "metadata").get("generation", 0)):
        return False
    wanted = part(deployment, "spec").get("replicas", 1)
    return all(int(status.get(count, 0)) == wanted for count in ("replicas", "updatedReplicas", "readyReplicas"))
