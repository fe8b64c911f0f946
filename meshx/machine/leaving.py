"""Takes a machine out: tells its callers, runs the user's own command, and undoes what the join changed on it."""

from __future__ import annotations

import asyncio

from meshx.cluster.cluster_client import ClusterError
from meshx.cluster.registration import take_out_of_service
from meshx.join.machine_files import companion_file
from meshx.machine.delivery import Delivery
from meshx.machine.join_inputs import JoinInputs
from meshx.machine.line import Line
from meshx.machine.looking import look
from meshx.machine.machine_errors import ScriptError, SessionLostError
from meshx.machine.moving.joined_by import RELEASE, Whose, joined_by, whose
from meshx.machine.observation import Observation, companion_names
from meshx.machine.ssh.session import Session
from meshx.plugin_base.custom_resource import Operation
from meshx.plugin_base.waiting import sleep

LEAVE_SECONDS = 180.0
LEFT = "left"
"""What leave.sh prints last if all went well; anything else names what stays on the machine."""
LEAVING_COMMAND_SECONDS = 330.0
"""A limit for the command; the command has a shorter one itself (meshx/components/ssh/machine_commands.py)."""


async def take_out(inputs: JoinInputs, line: Line, run_command: bool = False) -> None:
    """Take the machine out of service, and make it what it was before it joined; MachineError.

    Leaves a machine alone that never joined, or that joined under another name, or another mesh, since: that one's Join
    takes it out.
    With ``run_command``, runs the user's own command for that moment first.
    """
    await _drain(inputs, line)
    for last in (False, True):
        try:
            await _leave(inputs, line, await line.session(patient=True), run_command)
            return
        except SessionLostError:
            if last:
                raise


async def _leave(inputs: JoinInputs, line: Line, session: Session, run_command: bool) -> None:
    operation = line.around.operation
    seen = await look(inputs, session)
    if seen.belongs_to_another(inputs.machine):
        operation.inform(f"{inputs.machine} stays in the mesh, where it is {seen.joined_as} now")
        return
    try:
        owner = await whose(seen, line.around)
    except ClusterError as error:
        raise ScriptError(_not_known(inputs.machine, seen, str(error))) from None
    if owner is Whose.UNKNOWN:
        raise ScriptError(_not_known(inputs.machine, seen, "the cluster's UID is not known"))
    if owner is not Whose.OURS:
        operation.inform(f"{inputs.machine} stays a machine of {joined_by(seen.joined_by).words}")
        return
    if run_command and inputs.before_leaving is not None:
        await _run_leaving_command(session, inputs.before_leaving, operation)
    data = {
        "unit": inputs.bundle["unit"]["name"],
        "package": f"{inputs.bundle['package']['name']} -\n",
        **companion_file(companion_names(inputs.bundle)),
    }
    printed = await session.run(Delivery("leave.sh", data), LEAVE_SECONDS)
    stays = [told for told in printed.splitlines() if told != LEFT]
    if stays:
        operation.inform(f"{inputs.machine}: {', '.join(stays)}")


def _not_known(machine: str, seen: Observation, why: str) -> str:
    return (
        f"{machine} is a machine of {joined_by(seen.joined_by).words}, and whether that is another mesh is not known, "
        f"so it does not leave: {why}. If it is this stack's own, under a former name, {RELEASE}, and run this again. "
        "Else take it out of this stack's state (`pulumi state delete`)"
    )


async def _run_leaving_command(session: Session, command: str, operation: Operation) -> None:
    """Run it; a failure is logged and does not keep the machine from leaving. Raises SessionLostError."""
    status = await session.execute(command, LEAVING_COMMAND_SECONDS)
    if status != 0:
        operation.warn(
            f"{session.machine}: `commands.down` ended with status {status}, and the machine leaves all the same: what "
            "the command was to undo is left to you"
        )


async def _drain(inputs: JoinInputs, line: Line) -> None:
    cluster, operation = line.around.cluster, line.around.operation
    if inputs.workload_entry is None:
        # On the classic line the objects that sent callers here are gone by now; the last callers need a moment to hear
        # of it.
        told = "identity" in inputs.bundle
    else:
        try:
            told = await asyncio.to_thread(take_out_of_service, cluster, inputs.namespace, inputs.workload_entry)
        except ClusterError as error:
            operation.warn(f"{inputs.machine} leaves without its callers being told: {error}")
            return
    if told:
        await sleep(inputs.drain_seconds, operation.cancelled)
