"""Changes of the mesh's objects by somebody's hand, and the cluster made empty of a former mesh."""

from __future__ import annotations

from typing import Any

from kubernetes import client
from kubernetes.client.exceptions import ApiException

from sandbox.kubernetes import cluster, pods
from sandbox.traffic import services

ENTRIES, SERVICE_ENTRIES = "workloadentries", "serviceentries"
CONFIG_MAPS = ("istio-ca-root-cert", "istio-ca-crl")
NOT_FOUND = 404
HAND = "kubectl-edit"
"""The field manager of `kubectl edit`."""


def alter(plural: str, name: str, spec: dict[str, Any], namespace: str = "vm") -> None:
    """Merge `spec` into an Istio object's."""
    client.CustomObjectsApi(cluster.api()).patch_namespaced_custom_object(
        "networking.istio.io",
        "v1",
        namespace,
        plural,
        name,
        {"spec": spec},
        field_manager=HAND,
        _content_type="application/merge-patch+json",
    )


def delete(plural: str, name: str, namespace: str = "vm") -> None:
    """Delete an Istio object."""
    client.CustomObjectsApi(cluster.api()).delete_namespaced_custom_object(
        "networking.istio.io", "v1", namespace, plural, name
    )


def make_anew(plural: str, name: str, namespace: str = "vm") -> None:
    """Delete an Istio object and make it again as it was given, without what istiod wrote into it."""
    api = client.CustomObjectsApi(cluster.api())
    place = ("networking.istio.io", "v1", namespace, plural)
    given: Any = api.get_namespaced_custom_object(*place, name)
    kept = {"name": name, "labels": given["metadata"].get("labels", {})}
    kept["annotations"] = {
        key: value for key, value in given["metadata"].get("annotations", {}).items() if not key.startswith("istio.io/")
    }
    delete(plural, name, namespace)
    anew = {"apiVersion": given["apiVersion"], "kind": given["kind"], "metadata": kept, "spec": given["spec"]}
    api.create_namespaced_custom_object(*place, anew, field_manager=HAND)


def health(name: str, namespace: str = "vm") -> str:
    """istiod's word on a WorkloadEntry's health, "True" or "False"; empty where it has none."""
    found: Any = client.CustomObjectsApi(cluster.api()).get_namespaced_custom_object(
        "networking.istio.io", "v1", namespace, ENTRIES, name
    )
    words = [one["status"] for one in found.get("status", {}).get("conditions", []) if one["type"] == "Healthy"]
    return words[0] if words else ""


def alter_selector(name: str, selector: dict[str, str], namespace: str = "vm") -> None:
    """Let a Service choose others."""
    client.CoreV1Api(cluster.api()).patch_namespaced_service(
        name, namespace, {"spec": {"selector": selector}}, field_manager=HAND
    )


def move_gateway(address: str) -> None:
    """Let the load balancer have given the east-west gateway another address of its pool."""
    status = {"status": {"loadBalancer": {"ingress": [{"ip": address}]}}}
    client.CoreV1Api(cluster.api()).patch_namespaced_service_status("istio-eastwestgateway", "istio-system", status)


def clear_former_mesh() -> None:
    """Take away what pods with a sidecar kept of a mesh that other tests had, and those pods' sidecars with it."""
    core = client.CoreV1Api(cluster.api())
    for namespace in core.list_namespace().items:
        for name in CONFIG_MAPS:
            try:
                core.delete_namespaced_config_map(name, namespace.metadata.name)
            except ApiException as error:
                if error.status != NOT_FOUND:
                    raise
    for pod in pods.list_pods(services.NAMESPACE):
        core.delete_namespaced_pod(pod.metadata.name, services.NAMESPACE, grace_period_seconds=0)
