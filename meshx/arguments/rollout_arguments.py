"""Arguments of a mesh: rollout. Written by `python -m meshx.config.argument_types` from the models."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from typing_extensions import NotRequired


class RolloutArgs(TypedDict):
    """How changes that restart sidecars go through the machines over SSH."""

    way_back_seconds: NotRequired[int]
    """Let each machine keep what it was last seen to serve with, and go back to it by itself if a change is not
    confirmed in so many seconds. Left out: no way back."""
