"""What the workload components of both lines are made of."""

from collections.abc import Callable
from typing import TypedDict

import pulumi
import pulumi_kubernetes as kubernetes

from meshx.config.resolved import Machine
from meshx.config.sections.workload import WorkloadConfiguration
from meshx.join.facts import ControlPlaneFacts

MakeMachine = Callable[[Machine, list[pulumi.Resource], pulumi.ResourceOptions], pulumi.Resource]
"""Makes one machine's component: its configuration, what must be there first, its options."""


MakeGroup = Callable[[list[pulumi.Resource], pulumi.ResourceOptions], pulumi.Resource]
"""Makes the workload's group: what must be there first, its options."""


class WorkloadArgs(TypedDict):
    """What a workload needs."""

    workload: WorkloadConfiguration
    machines: list[Machine]
    network: str
    facts: ControlPlaneFacts
    """What the control plane says of itself."""
    labels: dict[str, str]
    """Labels of everything that is made in the cluster."""
    ready: list[pulumi.Resource]
    """What must be there before anything of the workload: its namespace, the control plane."""
    make_machine: MakeMachine
    make_group: MakeGroup | None
    """None where it has no group."""


def workload_metadata(
    args: WorkloadArgs, name: str, annotations: dict[str, str] | None = None
) -> kubernetes.meta.v1.ObjectMetaArgs:
    """The metadata of an object of a workload, in its namespace and with the labels of all that is made."""
    return kubernetes.meta.v1.ObjectMetaArgs(
        name=name,
        namespace=args["workload"].namespace,
        labels=args["labels"],
        annotations=annotations,
    )
