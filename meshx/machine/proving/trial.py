"""A change on trial: confirmed once the machine serves as before, else undone at once, or by the machine itself.

meshx/scripts/way_back has the machine's side: a dead-man's switch is armed there before anything is changed.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

from meshx.cluster.cluster_client import ClusterError
from meshx.cluster.registration import entry_health
from meshx.join.asked_calls import asked_calls
from meshx.machine.delivery import Delivery
from meshx.machine.drift import found_bundle
from meshx.machine.join_inputs import JoinInputs
from meshx.machine.line import Line
from meshx.machine.looking import LOOK_SECONDS, look
from meshx.machine.machine_errors import MachineError, ScriptError, UntouchedError
from meshx.machine.observation import Observation
from meshx.machine.proving.calls_served import BEFORE_A_TRIAL, Serving, read_serving, serving_delivery, worse
from meshx.machine.proving.going_back import go_back
from meshx.plugin_base.custom_resource import ResourceError
from meshx.plugin_base.waiting import Wait

SERVES_SECONDS = 5.0
"""How long calls may fare worse: what a proxy was just told of may take a moment."""


async def serving_before(inputs: JoinInputs, line: Line) -> Serving:
    """Return how the machine serves before it is changed; nothing without a way back. Never fails.

    Of a machine whose change is on trial already, as a killed run leaves it, how it served before that.
    """
    if not inputs.way_back_seconds:
        return Serving()
    try:
        before = await _serving(inputs, line, BEFORE_A_TRIAL)
    except MachineError:
        return Serving()
    if before.noted or not before.calls:
        return before
    with suppress(ClusterError):
        return dataclasses.replace(before, probe_fails=bool(await _probe_words(inputs, line)))
    return before


async def kept_if_it_serves(inputs: JoinInputs, line: Line, before: Serving, seen: Observation) -> Observation:
    """Confirm the delivery on trial if the machine is what was wanted and serves as before, and return the last look.

    Raises ScriptError with what is wrong.
    """
    if not inputs.way_back_seconds or seen.has_way_back(inputs):
        return seen
    package = found_bundle(inputs, seen)["package"]
    if package != inputs.bundle["package"]:
        raise ScriptError(f"{inputs.machine}: its package is not the one wanted: {package.get('state') or 'another'}")
    if words := await _failing_probe(inputs, line, before):
        raise ScriptError(f"{inputs.machine}: {words}")
    wait = Wait(line.around.operation.cancelled, SERVES_SECONDS, most=1.0)
    while words := worse(before, await _serving(inputs, line)):
        if not await wait.pause_async():
            raise ScriptError(f"{inputs.machine}: {words}")
    held = {"held": ""} if inputs.held_seconds else {}
    await (await line.session()).run(Delivery("way_back/confirm.sh", held), LOOK_SECONDS)
    return await look(inputs, await line.session())


@asynccontextmanager
async def undone_if_it_fails(inputs: JoinInputs, line: Line) -> AsyncGenerator[None]:
    """Have the machine go back at once if the block fails; the error says what became of it."""
    try:
        yield
    except UntouchedError:
        raise
    except ResourceError as error:
        became = await _undone(inputs, line, str(error)) if inputs.way_back_seconds else ""
        if not became:
            raise
        raise ScriptError(f"{error}\n{became}") from None


async def _undone(inputs: JoinInputs, line: Line, why: str) -> str:
    """Words for what became of the machine; "" where there is nothing to go back to."""
    try:
        return await go_back(inputs, line, why)
    except MachineError as error:
        return (
            f"It was not made to go back ({error}): it does so by itself, at most {inputs.way_back_seconds} s after "
            "the change began"
        )


async def _failing_probe(inputs: JoinInputs, line: Line, before: Serving) -> str:
    """Words for a probe that fails, where callers wait for a good one and the machine served before."""
    if not inputs.await_health or not before.calls or before.probe_fails:
        return ""
    try:
        return await _probe_words(inputs, line)
    except ClusterError as error:
        return f"istiod's word of its health is not to be had: {error}"


async def _probe_words(inputs: JoinInputs, line: Line) -> str:
    """Words for a probe that fails; "" for one of which istiod knows nothing. Raises ClusterError."""
    if inputs.workload_entry is None:
        return ""
    health = await asyncio.to_thread(entry_health, line.around.cluster, inputs.namespace, inputs.workload_entry)
    return f"its probe fails: {health.message}" if health is not None and health.healthy is False else ""


async def _serving(inputs: JoinInputs, line: Line, before: str = "") -> Serving:
    asks = serving_delivery(inputs.bundle["unit"]["name"], asked_calls(inputs.bundle), before)
    printed = await (await line.session()).run(asks, LOOK_SECONDS)
    try:
        return read_serving(printed)
    except ValueError as error:
        raise ScriptError(f"{inputs.machine}: serving.sh printed something else ({error})") from None
