"""The program's side of the resource GroupJoin; meshx/provider/group_join_resource.py implements it."""

from typing import TypedDict

import pulumi


class GroupJoinArgs(TypedDict):
    """The arguments of a group's join."""

    group: str
    namespace: str
    size: int
    template: pulumi.Input[str]
    drainSeconds: int


class GroupJoin(pulumi.CustomResource):
    """A group's part in the mesh: its instances join by themselves; this waits until istiod reports it.

    **Pulumi Type:** `meshx:index:GroupJoin`.
    """

    def __init__(self, name: str, args: GroupJoinArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("meshx:index:GroupJoin", name, dict(args), opts)
