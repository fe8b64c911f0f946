"""Arguments of a mesh: rollout. Written by `python -m meshx.config.argument_types` from the models."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from typing_extensions import NotRequired


class RolloutArgs(TypedDict):
    """How changes that restart sidecars go through the machines over SSH."""

    waves: NotRequired[Sequence[int | str]]
    """How many machines of the mesh each wave and those before it reach: numbers, or shares. The last is "100%". A
    wave begins when the one before has held. Left out: all at once, by turns within a workload."""
    pause_seconds: NotRequired[int]
    """How long the machines of a wave have to hold before the next begins, in seconds."""
    max_unavailable: NotRequired[int]
    """How many machines of a workload may restart at once, whatever the wave's size. Left out: a quarter of those
    that want to, at least one."""
    allow_downgrade: NotRequired[bool]
    """Install packages of a lower version than a machine has. `false`: such a package is refused, if anything is
    written here."""
    way_back_seconds: NotRequired[int]
    """Let each machine keep what it was last seen to serve with, and go back to it by itself if a change is not
    confirmed in so many seconds. Left out: no way back."""
