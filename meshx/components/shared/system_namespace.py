"""The namespace of a control plane that the stack installs, and its leftovers, which the stack removes in the end."""

from collections.abc import Sequence

import pulumi
import pulumi_kubernetes as kubernetes

from meshx.components.resources.chart_leftovers import ChartLeftovers
from meshx.istio.namespaces import SYSTEM_NAMESPACE
from meshx.stack.logical_names import named


def system_namespace(
    release: str,
    labels: dict[str, str],
    parent: pulumi.Resource,
    *,
    config_maps: Sequence[str] = (),
    made_by_jobs: bool = False,
) -> pulumi.Resource:
    """Make the namespace after the ChartLeftovers: in a destroy the control plane's last pod is gone before meshx
    checks what it left.

    release: its chart keeps its definitions. config_maps: those that the control plane writes into every namespace.
    made_by_jobs: whether jobs of the release make its definitions.
    """
    remains = ChartLeftovers(
        named("chart-remains"),
        {
            "release": {"name": release, "namespace": SYSTEM_NAMESPACE},
            "configMaps": list(config_maps),
            "madeByJobs": made_by_jobs,
        },
        opts=pulumi.ResourceOptions(parent=parent),
    )
    return kubernetes.core.v1.Namespace(
        named(SYSTEM_NAMESPACE),
        metadata={"name": SYSTEM_NAMESPACE, "labels": labels},
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[remains]),
    )
