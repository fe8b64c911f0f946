"""Looks at a machine: observe.sh says what it has, and changes nothing."""

from __future__ import annotations

from meshx.machine.join_inputs import JoinInputs
from meshx.machine.machine_errors import ScriptError
from meshx.machine.observation import Observation, observe_delivery, read_observation
from meshx.machine.ssh.session import Session

LOOK_SECONDS = 30.0
CLOCK_SECONDS = 120
"""If clocks differ by more than this, certificates are likely to be refused."""


async def look(inputs: JoinInputs, session: Session, with_log: bool = False) -> Observation:
    """Return what the machine has, with the proxy's last words if asked for; MachineError."""
    printed = await session.run(observe_delivery(inputs, with_log), LOOK_SECONDS)
    try:
        return read_observation(inputs, printed)
    except ValueError as error:
        raise ScriptError(
            f"{inputs.machine}: the machine's answer makes no sense ({error}): a login script there may print "
            "something; it must be silent for sessions without a terminal"
        ) from None
