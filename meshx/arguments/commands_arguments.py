"""Arguments of a mesh: commands. Written by `python -m meshx.config.argument_types` from the models."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from typing_extensions import NotRequired


class CommandsArgs(TypedDict):
    """Commands that meshx runs on a machine once it has joined, with `sh`, as the user of `ssh`."""

    up: str
    """Run once, after the machine has joined."""
    update: NotRequired[str]
    """Run instead when any of these keys or the connection changes; it must be safe to run again. Left out: a change
    of `up` runs `down`, then `up`; any other change runs nothing."""
    down: NotRequired[str]
    """Run when you remove the commands, and when the machine leaves, after its drain."""
    triggers: NotRequired[Sequence[str]]
    """Your own texts, such as a version: when one changes, `down` runs, then `up`."""
    timeout_seconds: NotRequired[int]
    """How long each command may take before it is stopped, in seconds."""
