"""The addresses of a Service: the function `meshx:index:serviceAddresses`.

Arguments: `{namespace, name}`. Result: `{clusterIp, ingress, type, nodePorts, nodes}`: `spec.clusterIP` ("" without
one, "None" if it is headless), and the ways in (meshx/control_plane/gateway_address.py, service_answer).
Source: Kubernetes API, Service v1, spec.clusterIP and status.loadBalancer.ingress.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from meshx.cluster import cluster_lookups
from meshx.cluster.cluster_client import Cluster
from meshx.control_plane.gateway_address import service_answer
from meshx.plugin_base.custom_resource import ResourceError
from meshx.plugin_base.property_values import Properties


def service_addresses(cluster: Cluster, arguments: Properties) -> Properties:
    """Return the Service's addresses; ResourceError if there is no such Service."""
    namespace, name = str(arguments["namespace"]), str(arguments["name"])
    service = cluster_lookups.service(cluster, namespace, name)
    if service is None:
        raise ResourceError(
            f"Service {namespace}/{name} is not in the cluster, though what makes it is: somebody removed it, or the "
            f"chart's values name it otherwise. See `kubectl get services --namespace {namespace}`; `pulumi up "
            "--refresh` makes a removed one again"
        )
    spec: Mapping[str, Any] = service.get("spec") or {}
    return {"clusterIp": spec.get("clusterIP") or "", **service_answer(cluster, service)}
