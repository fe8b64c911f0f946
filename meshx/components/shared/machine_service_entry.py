"""The ServiceEntry of a single machine: `<machine>.<workload>.<namespace>.svc.cluster.local`."""

from typing import Any

import pulumi

from meshx.components.shared.istio_object import istio_object
from meshx.components.shared.mesh_context import MeshContext
from meshx.config.resolved import Machine


def machine_service_entry(
    name: str,
    api_version: str,
    context: MeshContext,
    machine: Machine,
    spec: dict[str, Any],
    *,
    options: pulumi.ResourceOptions,
) -> pulumi.Resource:
    """Make it, with this name in the state; its Istio line provides the spec."""
    metadata = context.metadata(machine.workload.namespace, machine.entry_name)
    return istio_object(name, api_version, metadata, spec, options, kind="ServiceEntry")
