"""Which namespaces are in ambient mode: the function `meshx:index:ambientNamespaces`.

No arguments. Result: `{names, known}`: those with the label `istio.io/dataplane-mode: ambient`, and whether this user
may list namespaces.
"""

from __future__ import annotations

from meshx.cluster.cluster_client import NOT_ALLOWED, Cluster, ClusterError
from meshx.cluster.cluster_objects import listed, part
from meshx.istio.ambient import AMBIENT, DATAPLANE_LABEL
from meshx.plugin_base.property_values import Properties


def ambient_namespaces(cluster: Cluster, _: Properties) -> Properties:
    """Return them; ClusterError."""
    try:
        found = [part(one, "metadata") for one in listed(cluster, "/api/v1/namespaces", metadata_only=True)]
    except ClusterError as error:
        if error.status not in NOT_ALLOWED:
            raise
        return {"names": [], "known": False}
    names = [str(one["name"]) for one in found if part(one, "labels").get(DATAPLANE_LABEL) == AMBIENT]
    return {"names": sorted(names), "known": True}
