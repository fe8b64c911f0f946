"""Puts another mark on an object that this stack made, in place."""

from meshx.cluster.cluster_client import Cluster
from meshx.cluster.cluster_objects import merge
from meshx.cluster.ownership import OWNER_LABEL


def mark_anew(cluster: Cluster, path: str, mark: str, what: str) -> None:
    """Set the mark of the object at a path of the API; `what` names it. ClusterError."""
    merge(cluster, path, {"metadata": {"labels": {OWNER_LABEL: mark}}}, f"marking {what}")
