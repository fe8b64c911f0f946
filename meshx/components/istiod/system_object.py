"""Objects of Istio that its gateway goes by."""

from typing import Any

import pulumi

from meshx.components.shared.istio_object import istio_object
from meshx.join.facts import ControlPlaneFacts


def system_object(
    name: str,
    facts: ControlPlaneFacts,
    labels: dict[str, str],
    spec: dict[str, Any],
    options: pulumi.ResourceOptions,
    *,
    kind: str,
) -> pulumi.Resource:
    """Make one, of the same name in the cluster and in the state, where the control plane looks for it."""
    metadata = {"name": name, "namespace": facts.gateways_namespace, "labels": labels}
    return istio_object(name, facts.networking, metadata, spec, options, kind=kind)
