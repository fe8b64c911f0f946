"""Whether the cluster has policies of its own for requests: the function `meshx:index:admissionPolicies`.

No arguments. Result: `{served}`: whether it serves ValidatingAdmissionPolicy in `admissionregistration.k8s.io/v1`, as
Kubernetes 1.30 and later do (kubernetes.io, Validating Admission Policy).
"""

from __future__ import annotations

from meshx.cluster.cluster_client import Cluster
from meshx.cluster.cluster_objects import found
from meshx.plugin_base.property_values import Properties

RESOURCE = "validatingadmissionpolicies"


def admission_policies(cluster: Cluster, arguments: Properties) -> Properties:
    """Ask which kinds it serves; ClusterError."""
    kinds = found(cluster, "/apis/admissionregistration.k8s.io/v1") or {}
    return {"served": any(one["name"] == RESOURCE for one in kinds.get("resources") or ())}
