"""The program's side of the resource Revocation; meshx/provider/revocation_resource.py implements it."""

from collections.abc import Sequence
from typing import TypedDict

import pulumi


class RevocationArgs(TypedDict):
    """The arguments of a machine's revocation."""

    machine: str
    namespace: str
    workloadEntries: Sequence[str]
    """The names that its entry may have."""


class Revocation(pulumi.CustomResource):
    """A machine that the mesh refuses: takes its entry away at once, so that nobody calls it while others join again.

    **Pulumi Type:** `meshx:index:Revocation`.
    """

    def __init__(self, name: str, args: RevocationArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("meshx:index:Revocation", name, dict(args), opts)
