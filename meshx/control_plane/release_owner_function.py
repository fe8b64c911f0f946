"""Whose Helm release is: the function `meshx:index:releaseOwner`.

Arguments: `{namespace, name}`. Result: `{owner}`: the mark that the newest revision's values bear, "" if they bear
none, if there is no such release, or if Helm's records must not be read. Who may not read them did not install it: Helm
needs that right.
"""

from __future__ import annotations

from meshx.cluster.cluster_client import NOT_ALLOWED, Cluster, ClusterError
from meshx.cluster.helm_records import ReleaseName, revisions
from meshx.cluster.ownership import owner_in_values
from meshx.plugin_base.property_values import Properties


def release_owner(cluster: Cluster, arguments: Properties) -> Properties:
    """Return the owner; ClusterError."""
    try:
        found = revisions(cluster, ReleaseName(str(arguments["namespace"]), str(arguments["name"])))
    except ClusterError as error:
        if error.status not in NOT_ALLOWED:
            raise
        found = []
    return {"owner": (owner_in_values(found[-1].values) if found else None) or ""}
