"""The program's side of the resource Join; meshx/provider implements it."""

from collections.abc import Mapping
from typing import Any, TypedDict

import pulumi


class CommandsInputs(TypedDict):
    """What a join must know of the commands on its machine."""

    awaitHealth: bool | None
    """False if the probe may fail until they have run."""
    beforeLeaving: str | None
    """The command to run on a machine that leaves, once it is drained."""


class MembershipInputs(TypedDict):
    """What a join brings to the machine, and how the control plane knows the machine."""

    bundle: Mapping[str, Any]
    """In the shape of `bundle_inputs`; it may contain outputs."""
    workloadEntry: str | None
    token: Mapping[str, Any] | None
    """The token to request; None if the bundle names another identity."""


class JoinArgs(CommandsInputs, MembershipInputs):
    """The arguments of a join, in the shapes of meshx/provider/join_resource.py."""

    machine: str
    namespace: str
    serviceAccount: str
    connection: Mapping[str, Any]
    drainSeconds: int
    onUnreachable: str
    upgrades: Mapping[str, Any] | None
    """`{controlPlane, allowDowngrade}`: what packages are compared with; None: nothing."""
    wayBackSeconds: int | None
    """How long a change may stay unconfirmed until the machine undoes it; None: for ever."""
    heldSeconds: int | None
    """How long its wave then watches it, and may still have it undone; None: not at all."""
    revokedAccounts: list[str] | None
    """The accounts that its workload had before; None without any."""


class Join(pulumi.CustomResource):
    """A machine's place in the mesh: delivers the bundle, keeps it up to date, and removes it.

    **Pulumi Type:** `meshx:index:Join`. Its `bundle` is the machine's content. A refresh replaces what differs on the
    machine, so that the preview shows the difference and the next update repairs it.
    """

    def __init__(self, name: str, args: JoinArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(
            "meshx:index:Join", name, {key: value for key, value in args.items() if value is not None}, opts
        )
