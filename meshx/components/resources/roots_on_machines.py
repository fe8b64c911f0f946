"""The program's side of the note that all machines have the mesh's roots; meshx/provider implements it."""

from typing import TypedDict

import pulumi

from meshx.join.states import IN_PLACE


class RootsOnMachinesArgs(TypedDict):
    """The control plane's namespace, and all roots as one PEM text."""

    namespace: str
    root: pulumi.Input[str]


class RootsOnMachines(pulumi.CustomResource):
    """Notes in the Secret `cacerts` which roots all machines over SSH have; it depends on all their Joins.

    **Pulumi Type:** `meshx:index:RootsOnMachines`. While a Join fails, the engine leaves it, and the next step of a
    change of roots is refused.
    """

    def __init__(self, name: str, args: RootsOnMachinesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("meshx:index:RootsOnMachines", name, {**args, "state": IN_PLACE}, opts)
