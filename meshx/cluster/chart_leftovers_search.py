"""What Istio's charts, and istiod itself, leave in a cluster on purpose, and who still uses it.

The base chart's definitions carry `helm.sh/resource-policy: keep`; every namespace has ConfigMaps with the mesh's root
certificate and its revocations, which istiod writes by itself (istio:
pilot/pkg/serviceregistry/kube/controller/namespacecontroller.go) and no release records. On the classic line jobs make
the definitions with kubectl, and a hook makes the MeshPolicy `default`; Helm records neither (istio 1.1 to 1.4:
install/kubernetes/helm/istio-init/files, istio/charts/security/templates/create-custom-resources-job.yaml).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from meshx.cluster.cluster_client import Cluster
from meshx.cluster.cluster_objects import found, listed, part

ISTIODS_LABEL = "istio.io/config"
ISTIOS_GROUPS = ".istio.io"
JOBS_RELEASE, JOBS_HERITAGE = "istio", ("Tiller", "Helm")
"""Labels `release` and `heritage` of what the classic charts' jobs make: fixed in the files of the definitions, while
other objects have Helm's names for the release and for itself."""
RELEASE_NOTED, NAMESPACE_NOTED = "meta.helm.sh/release-name", "meta.helm.sh/release-namespace"
ENDED_PHASES = ("Succeeded", "Failed")


def definitions_path(cluster: Cluster) -> str:
    """The API path of the cluster's definitions; before Kubernetes 1.16 only v1beta1 has them."""
    group = "/apis/apiextensions.k8s.io"
    version = "v1" if found(cluster, f"{group}/v1") is not None else "v1beta1"
    return f"{group}/{version}/customresourcedefinitions"


def definitions_of(cluster: Cluster, release: Mapping[str, str], made_by_jobs: bool) -> list[str]:
    """The names of the definitions that a release made or took over; Helm notes both in annotations.

    made_by_jobs: whether jobs of the release made them, which no annotation says. Then it counts those that have
    Istio's group or the labels of its files, unless they are another release's.
    """
    noted = {RELEASE_NOTED: release["name"], NAMESPACE_NOTED: release["namespace"]}

    def counts(metadata: Mapping[str, Any]) -> bool:
        annotations = part(metadata, "annotations")
        if RELEASE_NOTED in annotations:
            return noted.items() <= annotations.items()
        return made_by_jobs and (metadata["name"].endswith(ISTIOS_GROUPS) or _has_labels_of_jobs(metadata))

    items = listed(cluster, definitions_path(cluster), metadata_only=True)
    return sorted(item["metadata"]["name"] for item in items if counts(item["metadata"]))


def all_definitions(cluster: Cluster) -> list[str]:
    """The names of all definitions in the cluster."""
    return sorted(item["metadata"]["name"] for item in listed(cluster, definitions_path(cluster), metadata_only=True))


def config_maps_of_istiod(cluster: Cluster, names: Iterable[str]) -> list[str]:
    """The ConfigMaps of these names that istiod wrote, in all namespaces, each as `namespace/name`."""
    return sorted(
        f"{item['metadata']['namespace']}/{item['metadata']['name']}"
        for name in names
        for item in listed(cluster, "/api/v1/configmaps", {"fieldSelector": f"metadata.name={name}"}, True)
        if part(item["metadata"], "labels").get(ISTIODS_LABEL) == "true"
    )


def control_planes(cluster: Cluster) -> list[str]:
    """Signs that an istiod or Pilot serves this cluster, from inside or outside: its Deployment, its webhook."""
    deployments = {
        f"Deployment {_full_name(item['metadata'])}"
        for label in ("app=istiod", "istio=pilot")
        for item in listed(cluster, "/apis/apps/v1/deployments", {"labelSelector": label}, True)
    }
    webhooks = listed(
        cluster,
        "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations",
        {"labelSelector": "app in (sidecar-injector,sidecarInjectorWebhook)"},
        True,
    )
    return [*sorted(deployments), *(f"MutatingWebhookConfiguration {item['metadata']['name']}" for item in webhooks)]


def istiod_pods(cluster: Cluster) -> list[str]:
    """istiod's pods that still exist, ending ones included, each as `namespace/name`."""
    pods = listed(cluster, "/api/v1/pods", {"labelSelector": "app=istiod"}, True)
    return [f"{item['metadata']['namespace']}/{item['metadata']['name']}" for item in pods]


def object_of(cluster: Cluster, definition: str, made_by_jobs: bool) -> str:
    """One object of a definition, as `namespace/name`, "" if there is none.

    made_by_jobs: whether jobs of the release made objects, too. Those without a namespace are its leftovers and don't
    count; the others went with the release's namespace.
    """
    body = found(cluster, f"{definitions_path(cluster)}/{definition}")
    if body is None:
        return ""
    spec = body["spec"]
    version = next((version["name"] for version in spec["versions"] if version["served"]), "")
    objects = listed(cluster, f"/apis/{spec['group']}/{version}/{spec['names']['plural']}", metadata_only=True)
    somebodys = (one["metadata"] for one in objects if not (made_by_jobs and _is_left_of_jobs(one["metadata"])))
    return next(map(_full_name, somebodys), "")


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


def _has_labels_of_jobs(metadata: Mapping[str, Any]) -> bool:
    labels = part(metadata, "labels")
    return labels.get("release") == JOBS_RELEASE and labels.get("heritage") in JOBS_HERITAGE


def _is_left_of_jobs(metadata: Mapping[str, Any]) -> bool:
    of_a_release = RELEASE_NOTED in part(metadata, "annotations")
    return not metadata.get("namespace") and not of_a_release and _has_labels_of_jobs(metadata)


def _mounted(spec: Mapping[str, Any]) -> set[str]:
    volumes: list[dict[str, Any]] = spec.get("volumes") or []
    projected: list[dict[str, Any]] = [
        source for volume in volumes for source in part(volume, "projected").get("sources") or ()
    ]
    return {part(source, "configMap").get("name", "") for source in (*volumes, *projected)}


def _full_name(metadata: Mapping[str, str]) -> str:
    return "/".join(part for part in (metadata.get("namespace"), metadata["name"]) if part)
