"""Istio objects in the control plane's namespace."""

from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from meshx.istio.api_versions import NETWORKING
from meshx.istio.namespaces import SYSTEM_NAMESPACE


def system_object(
    name: str, labels: dict[str, str], spec: dict[str, Any], options: pulumi.ResourceOptions, *, kind: str
) -> pulumi.Resource:
    """Make one, with the same name in the cluster and in the state."""
    return kubernetes.apiextensions.CustomResource(
        name,
        api_version=NETWORKING,
        kind=kind,
        metadata={"name": name, "namespace": SYSTEM_NAMESPACE, "labels": labels},
        spec=spec,
        opts=options,
    )
