"""Holds a wave's machines (meshx/rollout/wave_inputs.py): those to come wait until they have served for a while."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from meshx.cluster.registration import entry_health
from meshx.machine.drift import found_bundle
from meshx.machine.join_inputs import JoinInputs, join_inputs
from meshx.machine.line import Line
from meshx.machine.looking import look
from meshx.machine.machine_errors import MachineError, ScriptError
from meshx.machine.observation import KEPT, Observation
from meshx.machine.proving.calls_served import Serving, read_serving, serving_delivery, worse
from meshx.machine.surroundings import Surroundings
from meshx.plugin_base.waiting import sleep

LOOK_EVERY_SECONDS = 5.0


async def hold(inputs: Mapping[str, Any], names: list[str], around: Surroundings) -> None:
    """Look at the machines until they have held for the pause; ScriptError with what became of one that did not."""
    members = [join_inputs({"machine": name, **inputs["machines"][name]}) for name in names]
    # All of them to their end: one that fails must not leave others half looked at.
    done = await asyncio.gather(
        *(_holds(member, float(inputs["pauseSeconds"]), around) for member in members), return_exceptions=True
    )
    if failed := [str(one) for one in done if isinstance(one, BaseException)]:
        raise ScriptError(
            f"wave {inputs['wave']:.0f} of {inputs['of']:.0f} did not hold, and no later one begins:\n"
            + "\n".join(failed)
        )


async def _holds(inputs: JoinInputs, seconds: float, around: Surroundings) -> None:
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    first: Serving | None = None
    async with Line(inputs.machine, inputs.connection, around) as line:
        while True:
            try:
                seen = await look(inputs, await line.session())
                now = read_serving(await (await line.session()).run(serving_delivery(inputs.bundle), 30.0))
            except MachineError as error:
                raise ScriptError(f"{inputs.machine}: {error}") from None
            first = first or now
            if words := _state_words(inputs, seen) or await _health_words(inputs, around) or worse(first, now):
                raise ScriptError(f"{inputs.machine}: {words}")
            if (left := end - loop.time()) <= 0:
                return
            if around.operation.cancelled.is_set():
                raise ScriptError(f"{inputs.machine}: the run was cancelled {left:.0f} s before the end of the pause")
            await sleep(min(left, LOOK_EVERY_SECONDS), around.operation.cancelled)


def _state_words(inputs: JoinInputs, seen: Observation) -> str:
    if seen.undone:
        return seen.undone
    if seen.way_back not in ("", KEPT):
        return f"its change is not confirmed ({seen.way_back})"
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
