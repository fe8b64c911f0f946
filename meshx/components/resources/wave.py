"""The program's side of the resource Wave; meshx/provider implements it."""

from collections.abc import Mapping
from typing import Any, TypedDict

import pulumi


class WaveArgs(TypedDict):
    """A wave's number, how many there are, its machines and its pause: shapes of meshx/rollout/wave_inputs.py."""

    wave: int
    of: int
    pauseSeconds: int
    machines: pulumi.Input[Mapping[str, Any]]


class Wave(pulumi.CustomResource):
    """A gate between the machines of one wave and those of the next.

    **Pulumi Type:** `meshx:index:Wave`.
    """

    def __init__(self, name: str, args: WaveArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("meshx:index:Wave", name, {**args}, opts)
