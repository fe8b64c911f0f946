"""What Istio's charts, and istiod itself, leave in a cluster on purpose, and who still uses it.

The base chart's definitions carry `helm.sh/resource-policy: keep`; every namespace has ConfigMaps with the mesh's root
certificate and its revocations, which istiod writes by itself (istio:
pilot/pkg/serviceregistry/kube/controller/namespacecontroller.go) and no release knows of.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from meshx.provider.cluster_client import Cluster
from meshx.provider.cluster_objects import found, listed, part

DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
ISTIODS_LABEL = "istio.io/config"
ENDED_PHASES = ("Succeeded", "Failed")


def definitions_of(cluster: Cluster, release: Mapping[str, str]) -> list[str]:
    """The names of the definitions that a release has brought or taken over; Helm notes both in annotations."""
    noted = {
        "meta.helm.sh/release-name": release["name"],
        "meta.helm.sh/release-namespace": release["namespace"],
    }
    return sorted(
        item["metadata"]["name"]
        for item in listed(cluster, DEFINITIONS, metadata_only=True)
        if noted.items() <= part(item["metadata"], "annotations").items()
    )


def all_definitions(cluster: Cluster) -> list[str]:
    """The names of all definitions in the cluster."""
    return sorted(item["metadata"]["name"] for item in listed(cluster, DEFINITIONS, metadata_only=True))


def config_maps_of_istiod(cluster: Cluster, names: Iterable[str]) -> list[str]:
    """The ConfigMaps of these names that istiod wrote, in all namespaces, each as `namespace/name`."""
    return sorted(
        f"{item['metadata']['namespace']}/{item['metadata']['name']}"
        for name in names
        for item in listed(cluster, "/api/v1/configmaps", {"fieldSelector": f"metadata.name={name}"}, True)
        if part(item["metadata"], "labels").get(ISTIODS_LABEL) == "true"
    )


def control_planes(cluster: Cluster) -> list[str]:
    """What says that some istiod serves this cluster, from inside or outside: its Deployment, its webhook."""
    deployments = listed(cluster, "/apis/apps/v1/deployments", {"labelSelector": "app=istiod"}, True)
    webhooks = listed(
        cluster,
        "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations",
        {"labelSelector": "app=sidecar-injector"},
        True,
    )
    return [
        *(f"Deployment {item['metadata']['namespace']}/{item['metadata']['name']}" for item in deployments),
        *(f"MutatingWebhookConfiguration {item['metadata']['name']}" for item in webhooks),
    ]


def istiod_pods(cluster: Cluster) -> list[str]:
    """The pods of istiod that are still there, ending ones included, each as `namespace/name`."""
    pods = listed(cluster, "/api/v1/pods", {"labelSelector": "app=istiod"}, True)
    return [f"{item['metadata']['namespace']}/{item['metadata']['name']}" for item in pods]


def object_of(cluster: Cluster, definition: str) -> str:
    """One object of a definition, as `namespace/name`, "" where there is none."""
    body = found(cluster, f"{DEFINITIONS}/{definition}")
    if body is None:
        return ""
    spec = body["spec"]
    version = next((version["name"] for version in spec["versions"] if version["served"]), "")
    path = f"/apis/{spec['group']}/{version}/{spec['names']['plural']}"
    items: list[dict[str, Any]] = part({"list": found(cluster, path, {"limit": "1"})}, "list").get("items") or []
    return _full_name(items[0]["metadata"]) if items else ""


def pods_with(cluster: Cluster, config_maps: Iterable[str]) -> dict[str, str]:
    """Which of these ConfigMaps (`namespace/name`) a living pod mounts, each with one such pod's name."""
    wanted = set(config_maps)
    return {
        f"{namespace}/{name}": str(pod["metadata"]["name"])
        for namespace in sorted({name.partition("/")[0] for name in wanted})
        for pod in listed(cluster, f"/api/v1/namespaces/{namespace}/pods")
        if part(pod, "status").get("phase") not in ENDED_PHASES
        for name in _mounted(part(pod, "spec"))
        if f"{namespace}/{name}" in wanted
    }


def _mounted(spec: Mapping[str, Any]) -> set[str]:
    volumes: list[dict[str, Any]] = spec.get("volumes") or []
    projected: list[dict[str, Any]] = [
        source for volume in volumes for source in part(volume, "projected").get("sources") or ()
    ]
    return {part(source, "configMap").get("name", "") for source in (*volumes, *projected)}


def _full_name(metadata: Mapping[str, str]) -> str:
    return "/".join(part for part in (metadata.get("namespace"), metadata["name"]) if part)
