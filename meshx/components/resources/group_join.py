"""The resource GroupJoin as the program sees it; what it does is in meshx/provider/group_join_resource.py."""

from typing import TypedDict

import pulumi


class GroupJoinArgs(TypedDict):
    """What the join of a group is made of."""

    group: str
    namespace: str
    size: int
    template: pulumi.Input[str]
    drainSeconds: int


class GroupJoin(pulumi.CustomResource):
    """A group's part in the mesh: its instances join by themselves; this waits for istiod to say so.

    **Pulumi Type:** `meshx:index:GroupJoin`.
    """

    def __init__(self, name: str, args: GroupJoinArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("meshx:index:GroupJoin", name, dict(args), opts)
