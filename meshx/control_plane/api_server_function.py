"""Where the cluster's API is: the function `meshx:index:apiServer`.

Arguments: `{}`. Result: `{server, certificateAuthority}`, as the kubeconfig has them: the URL, and PEM text ("" where
the system trusts the server's certificate). Neither is secret.
"""

from __future__ import annotations

from meshx.cluster.cluster_client import Cluster
from meshx.plugin_base.property_values import Properties


def api_server(cluster: Cluster, arguments: Properties) -> Properties:
    """Return what the kubeconfig says; ClusterError if it can't be used. Does not ask the cluster itself."""
    server, authority = cluster.server()
    return {"server": server, "certificateAuthority": authority}
