"""The command of a user's that a leaving machine runs before it is put back as it was."""

from __future__ import annotations

from meshx.provider.custom_resource import Operation
from meshx.provider.ssh_session import Session

GOODBYE_SECONDS = 330.0
"""A limit for the command; it has a shorter one of its own (meshx/machines/commands.py)."""


async def say_goodbye(session: Session, command: str, operation: Operation) -> None:
    """Run it; one that fails is told and keeps no machine from leaving. Raises SessionLostError."""
    status = await session.execute(command, GOODBYE_SECONDS)
    if status != 0:
        operation.warn(
            f"{session.machine}: `commands.down` ended with status {status}, and the machine leaves all the same: what "
            "the command was to undo is left to you"
        )
