"""Which cluster it is: by the UID of its namespace kube-system, which is unique and lasts as long as the cluster."""

from __future__ import annotations

from meshx.cluster.cluster_client import Cluster
from meshx.cluster.cluster_objects import found, part
from meshx.plugin_base.custom_resource import ResourceError

KUBE_SYSTEM = "/api/v1/namespaces/kube-system"


def uid_of(cluster: Cluster) -> str:
    """Return the cluster's UID, asked once; "" if it does not say. Raises ClusterError."""
    api = cluster.api
    api.uid = api.uid or str(part(found(cluster, KUBE_SYSTEM) or {}, "metadata").get("uid", ""))
    return api.uid


def refuse_others(cluster: Cluster, uid: str) -> None:
    """Raise ResourceError if the cluster has another UID, ClusterError if it does not answer."""
    actual = uid_of(cluster)
    if actual != uid:
        raise ResourceError(
            f"context {cluster.context or '(current)'} leads to the cluster {actual or '(unknown)'}, and this stack's "
            f"is {uid} (meshx:environment.clusterUid). Nothing was done. Correct meshx:cluster.context or the "
            "kubeconfig; if the cluster was made anew, write its UID"
        )
