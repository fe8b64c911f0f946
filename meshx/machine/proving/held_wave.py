"""Holds a wave's machines (meshx/rollout/wave_inputs.py): those to come wait until they have served for a while.

A machine that does not hold goes back to what it had before, if it has a way back; others of its wave stay, and so does
one that is out of reach, of which nobody knows that.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from meshx.cluster.cluster_client import ClusterError
from meshx.cluster.registration import entry_health
from meshx.machine.delivery import Delivery
from meshx.machine.drift import found_bundle
from meshx.machine.join_inputs import JoinInputs, join_inputs
from meshx.machine.line import Line
from meshx.machine.looking import LOOK_SECONDS, look
from meshx.machine.machine_errors import MachineError, ScriptError, SessionLostError
from meshx.machine.observation import KEPT, Observation
from meshx.machine.proving.calls_served import BEFORE_A_PAUSE, Serving, read_serving, serving_delivery, worse
from meshx.machine.proving.going_back import arm_to_go_back, go_back
from meshx.machine.restarting import Restart
from meshx.machine.surroundings import Surroundings
from meshx.plugin_base.waiting import Wait, sleep

LOOK_EVERY_SECONDS = 5.0
ONCE_MORE = "`pulumi up --refresh` tries it once more"
HEALTHY_SECONDS = 30.0
"""How long istiod's word of a machine may take: of one that went back, until the next may; of one whose probe its join
did not wait for, until its pause begins."""


async def hold(inputs: Mapping[str, Any], names: list[str], around: Surroundings) -> None:
    """Look at the machines until they have held for the pause; ScriptError with what became of one that did not."""
    seconds = float(inputs["pauseSeconds"])
    # With more machines than connections each would hold after the other.
    rests = len(names) > around.max_connections
    # All of them to their end: one that fails must not leave others half looked at.
    done = await asyncio.gather(
        *(_held_or_gone_back({"machine": name, **inputs["machines"][name]}, seconds, around, rests) for name in names),
        return_exceptions=True,
    )
    if failed := [str(one) for one in done if isinstance(one, BaseException)]:
        raise ScriptError(
            f"wave {inputs['wave']:.0f} of {inputs['of']:.0f} did not hold, and no later one begins:\n"
            + "\n".join(failed)
        )


async def _held_or_gone_back(machine: Mapping[str, Any], seconds: float, around: Surroundings, rests: bool) -> None:
    inputs = join_inputs(machine)
    async with Line(inputs.machine, inputs.connection, around) as line:
        try:
            words = await _failing(inputs, machine.get("calls") or {}, seconds, line, rests)
        except ScriptError as error:
            words = str(error)
        if not words:
            if inputs.way_back_seconds:
                await (await line.session(patient=True)).run(Delivery("way_back/settle.sh"), LOOK_SECONDS)
            return
        became = "" if around.operation.cancelled.is_set() else await _gone_back(inputs, words, line)
        raise ScriptError(f"{inputs.machine}: {words}" + (f"\n{became}" if became else ""))


async def _failing(inputs: JoinInputs, calls: Mapping[str, str], seconds: float, line: Line, rests: bool) -> str:
    """Words for why a machine does not hold, "" if it does. rests: its connection closes in between. MachineError."""
    around, loop = line.around, asyncio.get_running_loop()
    unit = inputs.bundle["unit"]["name"]
    if not inputs.await_health:
        # Nor did its join.
        await _await_health(inputs, around)
    before: Serving | None = None
    if inputs.way_back_seconds:
        # By now a run that was killed may have let it fail for a while.
        _, before = await _look_twice(inputs, serving_delivery(unit, calls, BEFORE_A_PAUSE), line)
    end = loop.time() + seconds
    while True:
        seen, now = await _look_twice(inputs, serving_delivery(unit, calls), line)
        before = before or now
        if words := _state_words(inputs, seen) or await _health_words(inputs, around) or worse(before, now):
            return words
        if (left := end - loop.time()) <= 0:
            return ""
        if around.operation.cancelled.is_set():
            return f"the run was cancelled {left:.0f} s before the end of the pause"
        if rests:
            await line.rest()
        await sleep(min(left, LOOK_EVERY_SECONDS), around.operation.cancelled)


async def _look_twice(inputs: JoinInputs, asks: Delivery, line: Line) -> tuple[Observation, Serving]:
    """What a machine has, and how it serves; once more if the session is lost, which says nothing of the sidecar."""
    for last in (False, True):
        try:
            seen = await look(inputs, await line.session(patient=True))
            return seen, _read(await (await line.session()).run(asks, LOOK_SECONDS))
        except SessionLostError:
            if last:
                raise
    raise AssertionError("unreachable: the loop returns or raises")


def _read(printed: str) -> Serving:
    try:
        return read_serving(printed)
    except ValueError as error:
        raise ScriptError(f"serving.sh printed something else ({error})") from None


async def _gone_back(inputs: JoinInputs, why: str, line: Line) -> str:
    """Words for what became of a machine that did not hold; "" where it stays as it is.

    It goes back in its turn, as it came, and its callers hear of it first.
    """
    around = line.around
    try:
        if not inputs.way_back_seconds or not (await look(inputs, await line.session(patient=True))).may_go_back:
            return ""
        async with Restart(inputs, around.cluster, around.operation, max_unavailable=around.max_unavailable) as restart:
            await restart.begin(delivered=False, first=lambda: arm_to_go_back(line))
            became = await go_back(inputs, line, f"it did not hold: {why}", confirmed_too=True)
            await _await_health(inputs, around)
            return became
    except MachineError as error:
        return f"It was not seen to go back, and stays as it is, or does so by itself within minutes: {error}"


async def _await_health(inputs: JoinInputs, around: Surroundings) -> None:
    """Wait until istiod calls the machine healthy, or that takes too long, or is not to be known."""
    wait = Wait(around.operation.cancelled, HEALTHY_SECONDS, most=1.0)
    with suppress(ClusterError):
        while await _health_words(inputs, around) and await wait.pause_async():
            pass


def _state_words(inputs: JoinInputs, seen: Observation) -> str:
    if seen.undone:
        return f"{seen.undone}\n{ONCE_MORE}"
    if seen.way_back not in ("", KEPT):
        return f"its change is not confirmed ({seen.way_back})\n{ONCE_MORE}"
    if found_bundle(inputs, seen)["package"] != inputs.bundle["package"]:
        return f"its package is not the one wanted, but of version {seen.package.version or 'none'}"
    return "" if seen.ready else f"its proxy is not ready (unit {seen.unit_state})"


async def _health_words(inputs: JoinInputs, around: Surroundings) -> str:
    if inputs.workload_entry is None:
        return ""
    health = await asyncio.to_thread(entry_health, around.cluster, inputs.namespace, inputs.workload_entry)
    if health is None or not health.checked or health.healthy:
        return ""
    return f"istiod calls it not healthy: {health.message or 'no word of it'}"
