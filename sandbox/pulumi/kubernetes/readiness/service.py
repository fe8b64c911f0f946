"""When a Service is ready: it has an address where it is to get one, and no pod behind it is still unready.

Official plugin: await/service.go, with the change of pulumi-kubernetes#3142: a Service without selector, headless or of
type ExternalName has no pods to wait for, and one whose selector finds no pods at all is ready too.
"""

import time
from typing import Any

from sandbox.pulumi.kubernetes.cluster import Cluster
from sandbox.pulumi.kubernetes.object_identity import Gvk
from sandbox.pulumi.kubernetes.readiness.waiting import Look, current

_ENDPOINTS = Gvk("", "v1", "Endpoints")
SETTLE_SECONDS = 10.0
"""How long the endpoints must have stayed the same: stragglers come within seconds of one another."""


class ServiceWatch:
    """Looks at one Service and remembers since when its endpoints are the same."""

    def __init__(self, cluster: Cluster, live: dict[str, Any], settle_seconds: float = SETTLE_SECONDS) -> None:
        self._cluster = cluster
        self._live = live
        self._settle_seconds = settle_seconds
        self._seen: Any = None
        self._since = time.monotonic()

    def look(self) -> Look:
        """One look."""
        service = current(self._cluster, self._live)
        problems = []
        if _has_pods(service) and not self._endpoints_settled(service):
            problems.append(
                "Service does not target any Pods. Selected Pods may not be ready, or "
                "field '.spec.selector' may not match labels on any Pods"
            )
        if service["spec"].get("type") == "LoadBalancer" and not _addresses(service):
            problems.append("Service was not allocated an IP address; does your cloud provider support this?")
        return Look(not problems, service, tuple(problems))

    def _endpoints_settled(self, service: dict[str, Any]) -> bool:
        metadata = service["metadata"]
        endpoints = self._cluster.find(_ENDPOINTS, metadata["namespace"], metadata["name"])
        if endpoints is None:
            return False
        subsets = endpoints.get("subsets") or []
        if subsets != self._seen or any(subset.get("notReadyAddresses") for subset in subsets):
            self._seen = subsets
            self._since = time.monotonic()
        if any(subset.get("notReadyAddresses") for subset in subsets):
            return False
        return time.monotonic() - self._since >= self._settle_seconds


def _has_pods(service: dict[str, Any]) -> bool:
    spec = service["spec"]
    return bool(spec.get("selector")) and spec.get("type") != "ExternalName" and spec.get("clusterIP") != "None"


def _addresses(service: dict[str, Any]) -> list[dict[str, Any]]:
    return ((service.get("status") or {}).get("loadBalancer") or {}).get("ingress") or []
