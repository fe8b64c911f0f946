"""Has a machine go back to what it had before a change (meshx/scripts/way_back), and waits until it is ready again."""

from __future__ import annotations

from contextlib import suppress

from meshx.machine.delivery import Delivery
from meshx.machine.join_inputs import JoinInputs
from meshx.machine.line import Line
from meshx.machine.looking import look
from meshx.machine.machine_errors import SessionLostError, UnreachableError
from meshx.plugin_base.waiting import Wait

UNDO_SECONDS = 330.0
READY_SECONDS = 60.0
"""How long a machine that went back may take until its proxy is ready again."""


async def arm_to_go_back(line: Line) -> None:
    """Have a machine that does not hold go back by itself in minutes, whatever becomes of this run. MachineError."""
    session = await line.session(patient=True)
    # It is armed then, or goes back a moment later all the same.
    with suppress(SessionLostError):
        await session.run(Delivery("way_back/undo.sh", {"why": "", "held": "", "later": ""}), UNDO_SECONDS)


async def go_back(inputs: JoinInputs, line: Line, why: str, confirmed_too: bool = False) -> str:
    """Have the machine undo its change, and return words for what became of it; "" where there is nothing to undo.

    confirmed_too: undo what was confirmed, too, if the machine still has what it had before. Raises MachineError.
    """
    why = " ".join(why.split())[:600]
    data = {"why": f"{why}\n", **({"held": ""} if confirmed_too else {})}
    session = await line.session(patient=True)
    try:
        printed = (await session.run(Delivery("way_back/undo.sh", data), UNDO_SECONDS)).strip()
    except SessionLostError:
        # The script goes on there, and a look waits for its end.
        if why not in (await look(inputs, await line.session(patient=True))).undone:
            raise
        printed = "went back"
    if not printed:
        return ""
    went = printed.splitlines()[-1]
    wait = Wait(line.around.operation.cancelled, READY_SECONDS, most=1.0)
    while True:
        # A sidecar that stops and starts may cost the session.
        with suppress(SessionLostError, UnreachableError):
            if (await look(inputs, await line.session())).ready:
                return f"{inputs.machine} {went}, and serves as before"
        if not await wait.pause_async():
            cancelled = line.around.operation.cancelled.is_set()
            seen = "the run was cancelled before its proxy was ready" if cancelled else "its proxy is not ready since"
            return f"{inputs.machine} {went}, but {seen}"
