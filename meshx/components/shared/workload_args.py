"""What the workload components of both lines share."""

from typing import Protocol, TypedDict

import pulumi
import pulumi_kubernetes as kubernetes

from meshx.components.shared.mesh_context import MeshContext
from meshx.config.resolved import Group, Machine
from meshx.config.sections.workload import WorkloadConfiguration


class MachineMaker(Protocol):
    """Makes the machines of workloads, of any kind."""

    def machine(self, machine: Machine, ready: list[pulumi.Resource], parent: pulumi.Resource) -> pulumi.Resource:
        """Make one machine's component; `ready` must exist first."""
        ...

    def group(self, group: Group, ready: list[pulumi.Resource], parent: pulumi.Resource) -> pulumi.Resource:
        """Make a group's component; `ready` must exist first."""
        ...


class WorkloadArgs(TypedDict):
    """The arguments of a workload."""

    workload: WorkloadConfiguration
    context: MeshContext
    ready: list[pulumi.Resource]
    """What must exist before anything of the workload: its namespace, the control plane."""
    maker: MachineMaker


def workload_metadata(
    args: WorkloadArgs, name: str, annotations: dict[str, str] | None = None
) -> kubernetes.meta.v1.ObjectMetaArgs:
    """The metadata of an object of a workload, in its namespace and with the stack's labels."""
    return args["context"].metadata(args["workload"].namespace, name, annotations)


def service_account(name: str, args: WorkloadArgs, parent: pulumi.Resource) -> list[pulumi.Resource]:
    """What must exist before a workload's machines: its service account, made unless it belongs to somebody else.

    It depends on everything that must be ready, so that each of many machines needs only this one dependency.
    """
    workload = args["workload"]
    if not workload.create_service_account:
        return args["ready"]
    return [
        kubernetes.core.v1.ServiceAccount(
            name,
            metadata=workload_metadata(args, workload.account),
            opts=pulumi.ResourceOptions(parent=parent, depends_on=args["ready"]),
        )
    ]
