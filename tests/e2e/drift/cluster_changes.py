"""Changes of the mesh's objects by somebody's hand."""

from __future__ import annotations

from typing import Any

from kubernetes import client

from sandbox import cluster

ENTRIES, SERVICE_ENTRIES = "workloadentries", "serviceentries"
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


def alter_selector(name: str, selector: dict[str, str], namespace: str = "vm") -> None:
    """Let a Service choose others."""
    client.CoreV1Api(cluster.api()).patch_namespaced_service(
        name, namespace, {"spec": {"selector": selector}}, field_manager=HAND
    )


def move_gateway(address: str) -> None:
    """Let the load balancer have given the east-west gateway another address of its pool."""
    status = {"status": {"loadBalancer": {"ingress": [{"ip": address}]}}}
    client.CoreV1Api(cluster.api()).patch_namespaced_service_status("istio-eastwestgateway", "istio-system", status)
