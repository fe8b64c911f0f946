"""The cluster's state of services to expose: the function `meshx:index:exposedServices`.

Arguments: `{services: [{namespace, service}], owners, istioApi}`, where `owners` are the marks of this stack and
`istioApi` the version of ServiceEntries (`v1beta1`, or `v1alpha3` with Istio 1.1 to 1.4). Result:
`{services: [{namespace, service, exists, clusterIp, externalName, ports, serviceAccounts, pods, withoutSidecar,
ambient, injects}], entries: [{host, address, own, ports}]}`. Of a service: its virtual address ("None" of a headless
one), where it leads if it is an ExternalName, its ports (each `{port, name, appProtocol, protocol}`), the service
accounts of its pods (those that new pods would get, where it is scaled to zero), how many there are, the names of those
without a sidecar and of those in ambient mode, and whether new pods would get a sidecar. Of the cluster's
ServiceEntries: every pair of host and address ("" for one without), whether it is this stack's, and its ports' numbers.
Source of what injects: istio.io, Automatic sidecar injection; istio/manifests/charts/istio-control/istio-discovery,
templates/mutatingwebhook.yaml.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast
from urllib.parse import quote

from meshx.cluster import cluster_lookups
from meshx.cluster.cluster_client import Cluster, ClusterError
from meshx.cluster.cluster_objects import listed, part
from meshx.cluster.ownership import owner_of
from meshx.istio.ambient import REDIRECTED, REDIRECTED_ANNOTATION
from meshx.istio.labels import REVISION_LABEL
from meshx.plugin_base.property_values import Properties

SIDECAR = "istio-proxy"
INJECTION_LABEL = "istio-injection"
POD_LABEL = "sidecar.istio.io/inject"
_FORBIDDEN = 403
_OVER = ("Succeeded", "Failed")


def exposed_services(cluster: Cluster, arguments: Properties) -> Properties:
    """Return what the cluster has of the services, and its ServiceEntries; ClusterError."""
    wanted = cast("list[dict[str, str]]", arguments["services"])
    entries = cluster_lookups.istio_objects(cluster, "serviceentries", str(arguments["istioApi"]))
    return {
        "services": [_service(cluster, one["namespace"], one["service"]) for one in wanted],
        "entries": [found for entry in entries for found in _hosts(entry, arguments["owners"])],
    }


def _service(cluster: Cluster, namespace: str, name: str) -> Properties:
    service = cluster_lookups.service(cluster, namespace, name)
    spec = part(service or {}, "spec")
    selector = cast("dict[str, str]", spec.get("selector") or {})
    pods = _pods(cluster, namespace, selector) if selector else []
    labels = cluster_lookups.namespace_labels(cluster, namespace) if service else {}
    return {
        "namespace": namespace,
        "service": name,
        "exists": service is not None,
        "clusterIp": str(spec.get("clusterIP") or ""),
        "externalName": str(spec.get("externalName") or "") if spec.get("type") == "ExternalName" else "",
        "ports": [
            {
                "port": port["port"],
                "name": str(port.get("name") or ""),
                "appProtocol": str(port.get("appProtocol") or ""),
                "protocol": str(port.get("protocol") or "TCP"),
            }
            for port in cast("list[dict[str, Any]]", spec.get("ports") or [])
        ],
        "serviceAccounts": sorted(
            {
                str(part(pod, "spec").get("serviceAccountName") or "default")
                for pod in (pods or _templates(cluster, namespace, selector))
            }
        ),
        "pods": len(pods),
        "withoutSidecar": sorted(pod["metadata"]["name"] for pod in pods if not _has_sidecar(pod)),
        "ambient": sorted(pod["metadata"]["name"] for pod in pods if _in_ambient(pod)),
        "injects": _injects(labels) or (bool(pods) and all(_asks(pod) for pod in pods)),
    }


def _pods(cluster: Cluster, namespace: str, selector: Mapping[str, str]) -> list[dict[str, Any]]:
    words = ",".join(f"{key}={value}" for key, value in sorted(selector.items()))
    found = listed(cluster, f"/api/v1/namespaces/{quote(namespace)}/pods", {"labelSelector": words})
    return [
        pod
        for pod in found
        if part(pod, "status").get("phase") not in _OVER and not pod["metadata"].get("deletionTimestamp")
    ]


def _templates(cluster: Cluster, namespace: str, selector: Mapping[str, str]) -> list[dict[str, Any]]:
    """What a service's pods would be made from: the templates of all in the namespace that makes pods for it.

    Deployments keep a ReplicaSet when they are scaled to zero. It skips a kind that it may not list.
    """
    if not selector:
        return []
    makers: list[dict[str, Any]] = []
    for path in (
        f"/apis/apps/v1/namespaces/{quote(namespace)}/replicasets",
        f"/apis/apps/v1/namespaces/{quote(namespace)}/statefulsets",
    ):
        try:
            makers += listed(cluster, path)
        except ClusterError as error:
            if error.status != _FORBIDDEN:
                raise
    templates = [part(part(maker, "spec"), "template") for maker in makers]
    return [one for one in templates if selector.items() <= part(part(one, "metadata"), "labels").items()]


def _has_sidecar(pod: Mapping[str, Any]) -> bool:
    # A native sidecar is an init container that goes on running.
    spec = part(pod, "spec")
    containers = cast("list[dict[str, Any]]", [*spec["containers"], *(spec.get("initContainers") or [])])
    return any(container["name"] == SIDECAR for container in containers)


def _in_ambient(pod: Mapping[str, Any]) -> bool:
    return part(pod["metadata"], "annotations").get(REDIRECTED_ANNOTATION) == REDIRECTED


def _injects(labels: Mapping[str, str]) -> bool:
    return labels.get(INJECTION_LABEL) == "enabled" or (REVISION_LABEL in labels and INJECTION_LABEL not in labels)


def _asks(pod: Mapping[str, Any]) -> bool:
    return part(pod["metadata"], "labels").get(POD_LABEL) == "true"


def _hosts(entry: Mapping[str, Any], owners: Sequence[str]) -> Iterator[Properties]:
    own = owner_of(entry) in owners
    spec = part(entry, "spec")
    ports = [int(port["number"]) for port in cast("list[dict[str, Any]]", spec.get("ports") or [])]
    for host in cast("list[str]", spec.get("hosts") or []):
        for address in cast("list[str]", spec.get("addresses") or [""]):
            yield {"host": host, "address": address, "own": own, "ports": ports}
