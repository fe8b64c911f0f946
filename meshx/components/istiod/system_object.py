"""Objects of Istio that its gateway goes by."""

from typing import Any

import pulumi

from meshx.components.shared.istio_object import istio_object
from meshx.join.facts import ControlPlaneFacts
from meshx.stack.logical_names import named


def system_object(
    name: str,
    facts: ControlPlaneFacts,
    labels: dict[str, str],
    spec: dict[str, Any],
    options: pulumi.ResourceOptions,
    *,
    kind: str,
) -> pulumi.Resource:
    """Make one where the control plane looks for it, of the same name in the cluster and, but for a prefix, in the
    state."""
    metadata = {"name": name, "namespace": facts.gateways_namespace, "labels": labels}
    return istio_object(named(name), facts.networking, metadata, spec, options, kind=kind)
