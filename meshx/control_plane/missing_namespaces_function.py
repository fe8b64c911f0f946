"""Which namespaces are missing: the function `meshx:index:missingNamespaces`.

Arguments: `{names}`. Result: `{missing}`: those that are not in the cluster.
"""

from __future__ import annotations

from meshx.cluster.cluster_client import Cluster
from meshx.cluster.cluster_objects import found
from meshx.plugin_base.property_values import Properties


def missing_namespaces(cluster: Cluster, arguments: Properties) -> Properties:
    """Return the missing ones; ClusterError."""
    return {"missing": [name for name in arguments["names"] if found(cluster, f"/api/v1/namespaces/{name}") is None]}
