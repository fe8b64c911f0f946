"""What a cluster is: the function `meshx:index:kubernetesCluster`.

Arguments: `{}`. Result: `{major, minor, servicesCidrs}`: the first two numbers of its Kubernetes as text, and the
ranges that its ServiceCIDR objects name, [] where it has none (they came with Kubernetes 1.31).
"""

from __future__ import annotations

import re

from meshx.cluster.cluster_client import Cluster
from meshx.cluster.cluster_objects import found, listed, part
from meshx.plugin_base.custom_resource import ResourceError
from meshx.plugin_base.property_values import Properties

SERVICE_CIDRS = ("/apis/networking.k8s.io/v1/servicecidrs", "/apis/networking.k8s.io/v1beta1/servicecidrs")


def kubernetes_cluster(cluster: Cluster, arguments: Properties) -> Properties:
    """Return what the cluster says of itself; ClusterError, or ResourceError if that is no version."""
    version = found(cluster, "/version") or {}
    # Clouds write "15+".
    major, minor = (_leading_digits(str(version.get(key, ""))) for key in ("major", "minor"))
    if not major or not minor:
        raise ResourceError(f"the cluster says no version of Kubernetes, but {version!r}: check meshx:cluster.context")
    return {"major": major, "minor": minor, "servicesCidrs": _services_ranges(cluster)}


def _leading_digits(text: str) -> str:
    return "".join(re.findall(r"^\d+", text))


def _services_ranges(cluster: Cluster) -> list[str]:
    for path in SERVICE_CIDRS:
        ranges = [str(text) for one in listed(cluster, path) for text in part(one, "spec").get("cidrs") or ()]
        if ranges:
            return ranges
    return []
