"""The resource InstanceJoin as the program sees it; what it does is in meshx/provider/instance_join_resource.py."""

from typing import TypedDict

import pulumi


class InstanceJoinArgs(TypedDict):
    """What the join of an instance is made of."""

    machine: str
    namespace: str
    workloadEntry: str | None
    """None where nobody tells how it is."""
    announced: bool | None
    """Whether objects that come after this join, and are gone before it ends, send its callers there."""
    instance: pulumi.Input[str]
    drainSeconds: int


class InstanceJoin(pulumi.CustomResource):
    """An instance's part in the mesh: it joins by itself; this waits for istiod to say so, and drains it in the end.

    **Pulumi Type:** `meshx:index:InstanceJoin`.
    """

    def __init__(self, name: str, args: InstanceJoinArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(
            "meshx:index:InstanceJoin", name, {key: value for key, value in args.items() if value is not None}, opts
        )
