"""The resource Join as the program sees it; what it does is in meshx/provider."""

from collections.abc import Mapping
from typing import Any, TypedDict

import pulumi


class CommandsInputs(TypedDict):
    """What a join has to know of the commands that run on its machine."""

    awaitHealth: bool | None
    """False where the probe may fail until they ran."""
    beforeLeaving: str | None
    """The command to run on a machine that leaves, once it is drained."""


class MembershipInputs(TypedDict):
    """What a join brings to the machine, and by what it is known to the control plane."""

    bundle: Mapping[str, Any]
    """In the shape of `bundle_inputs`; outputs may stand in it."""
    workloadEntry: str | None
    token: Mapping[str, Any] | None
    """Which token to ask for; None where the bundle names another identity."""


class JoinArgs(CommandsInputs, MembershipInputs):
    """What a join is made of; the shapes are those of meshx/provider/join_resource.py."""

    machine: str
    namespace: str
    serviceAccount: str
    connection: Mapping[str, Any]
    drainSeconds: int
    onUnreachable: str


class Join(pulumi.CustomResource):
    """A machine's place in the mesh: delivered, kept true, and taken back.

    **Pulumi Type:** `meshx:index:Join`. Its `bundle` is what stands on the machine; a refresh replaces in it whatever
    differs there, so that the difference is shown and the next update repairs it.
    """

    def __init__(self, name: str, args: JoinArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(
            "meshx:index:Join", name, {key: value for key, value in args.items() if value is not None}, opts
        )
