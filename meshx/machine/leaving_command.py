"""The command of a user's that a leaving machine runs before it is put back as it was."""

from __future__ import annotations

from meshx.machine.ssh_session import Session
from meshx.plugin_base.custom_resource import Operation

LEAVING_COMMAND_SECONDS = 330.0
"""A limit for the command; it has a shorter one of its own (meshx/components/ssh/machine_commands.py)."""


async def run_leaving_command(session: Session, command: str, operation: Operation) -> None:
    """Run it; one that fails is told and keeps no machine from leaving. Raises SessionLostError."""
    status = await session.execute(command, LEAVING_COMMAND_SECONDS)
    if status != 0:
        operation.warn(
            f"{session.machine}: `commands.down` ended with status {status}, and the machine leaves all the same: what "
            "the command was to undo is left to you"
        )
