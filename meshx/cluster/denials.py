"""The policies that refuse revoked identities."""

from __future__ import annotations

from meshx.cluster.cluster_client import Cluster
from meshx.cluster.cluster_objects import found
from meshx.istio.api_versions import READ_VERSION
from meshx.istio.identities import denial_name


def is_denied(cluster: Cluster, root_namespace: str, namespace: str, account: str) -> bool:
    """Whether there is the policy that refuses a service account in the whole mesh; ClusterError."""
    policies = f"/apis/security.istio.io/{READ_VERSION}/namespaces/{root_namespace}/authorizationpolicies"
    return found(cluster, f"{policies}/{denial_name(namespace, account)}") is not None
