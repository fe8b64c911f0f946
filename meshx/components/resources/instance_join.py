"""The program's side of the resource InstanceJoin; meshx/provider/instance_join_resource.py implements it."""

from typing import TypedDict

import pulumi


class InstanceJoinArgs(TypedDict):
    """The arguments of an instance's join."""

    machine: str
    namespace: str
    workloadEntry: str | None
    """None if nothing reports its health."""
    announced: bool | None
    """Whether objects send callers there that are made after this join, and removed before it ends."""
    instance: pulumi.Input[str]
    drainSeconds: int


class InstanceJoin(pulumi.CustomResource):
    """An instance's part in the mesh: it joins by itself; this waits until istiod reports it, and drains it in the end.

    **Pulumi Type:** `meshx:index:InstanceJoin`.
    """

    def __init__(self, name: str, args: InstanceJoinArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(
            "meshx:index:InstanceJoin", name, {key: value for key, value in args.items() if value is not None}, opts
        )
