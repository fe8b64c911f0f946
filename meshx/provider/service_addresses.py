"""The addresses of a Service: the function `meshx:index:serviceAddresses`.

Arguments: `{namespace, name}`. Result: `{clusterIp, ingress}`: `spec.clusterIP` ("" without one, "None" where it is
headless) and the entries of the load balancer (`{ip, hostname}`, the other empty).
Source: Kubernetes API, Service v1, spec.clusterIP and status.loadBalancer.ingress.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from meshx.provider import cluster_lookups
from meshx.provider.cluster_client import Cluster
from meshx.provider.custom_resource import ResourceError
from meshx.provider.property_values import Properties

if TYPE_CHECKING:
    from meshx.addresses import Ingress


def service_addresses(cluster: Cluster, arguments: Properties) -> Properties:
    """Return what addresses the Service has; ResourceError where there is no such Service."""
    namespace, name = str(arguments["namespace"]), str(arguments["name"])
    service = cluster_lookups.service(cluster, namespace, name)
    if service is None:
        raise ResourceError(
            f"Service {namespace}/{name} is not in the cluster, though what makes it is: somebody removed it, or the "
            f"chart's values name it otherwise. See `kubectl get services --namespace {namespace}`; `pulumi up "
            "--refresh` makes a removed one again"
        )
    spec: Mapping[str, Any] = service.get("spec") or {}
    return {"clusterIp": spec.get("clusterIP") or "", "ingress": ingress(service)}


def ingress(service: Mapping[str, Any]) -> list[Ingress]:
    """Return the entries of a Service's load balancer, none where it has none yet."""
    status: dict[str, Any] = service.get("status") or {}
    balancer: dict[str, Any] = status.get("loadBalancer") or {}
    entries: list[dict[str, Any]] = balancer.get("ingress") or []
    return [{"ip": entry.get("ip", ""), "hostname": entry.get("hostname", "")} for entry in entries]
