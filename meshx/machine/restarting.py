"""Restarts the proxy of a machine that serves: callers hear of it first, and never all machines restart at once.

Otherwise every update that changes a proxy's configuration would fail the calls on their way to it, and an update of a
whole workload would leave it without a machine.
"""

from __future__ import annotations

import asyncio
import math
import threading
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

from meshx.cluster.cluster_client import Cluster, ClusterError
from meshx.cluster.registration import entry_health, take_out_of_service
from meshx.machine.join_inputs import JoinInputs
from meshx.machine.machine_errors import ScriptError
from meshx.plugin_base.custom_resource import Operation
from meshx.plugin_base.waiting import Wait, sleep

AT_ONCE = 4
"""Of a workload's machines that want to restart, one in so many does so at a time; at least one."""


class Turns:
    """Who restarts when, among a workload's machines that this process joins."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wanting: Counter[str] = Counter()
        self._taken: Counter[str] = Counter()

    @asynccontextmanager
    async def turn(self, workload: str, wait: Wait, most: int = 0) -> AsyncGenerator[bool]:
        """Wait for a turn among the machines of a workload, and hold it for the length of the block.

        ``most``: how many have one at once; 0: one in AT_ONCE. False if the wait ended first.
        """
        with self._lock:
            self._wanting[workload] += 1
        taken = False
        try:
            while not (taken := self._take(workload, most)) and await wait.pause_async():
                pass
            yield taken
        finally:
            with self._lock:
                self._wanting[workload] -= 1
                self._taken[workload] -= int(taken)

    def _take(self, workload: str, most: int) -> bool:
        with self._lock:
            if self._taken[workload] >= (most or max(1, self._wanting[workload] // AT_ONCE)):
                return False
            self._taken[workload] += 1
            return True


TURNS = Turns()


class Restart:
    """One machine's restart, if it needs one: a block in which `begin` may be called, and whose end is the restart's.

    The caller of `begin` goes on to restart the proxy, whose agent then reports the machine's health again, and leaves
    the block once istiod has it. Otherwise the machine stays out of service, which a refresh shows.
    """

    def __init__(
        self,
        inputs: JoinInputs,
        cluster: Cluster,
        operation: Operation,
        serves_by: str | None = None,
        max_unavailable: int = 0,
    ) -> None:
        """``max_unavailable``: as ``most`` of `Turns.turn`.

        ``serves_by``: the entry by which callers find the machine so far; None: that of the inputs."""
        self._inputs = inputs
        self._entry = serves_by or inputs.workload_entry
        self._cluster = cluster
        self._operation = operation
        self._max_unavailable = max_unavailable
        self._turn = AsyncExitStack()
        self._wait = Wait(operation.cancelled, operation.timeout or math.inf, most=0.3)
        self._begun = False

    async def __aenter__(self) -> Restart:
        return self

    async def __aexit__(self, *raised: object) -> None:
        await self._turn.aclose()

    async def begin(self, delivered: bool = True, first: Callable[[], Awaitable[object]] | None = None) -> None:
        """Wait for the machine's turn, tell its callers, and give them time to go elsewhere; once.

        ``delivered``: whether the machine has all but the restart by now, or nothing yet. ``first``: what has the
        machine restart even if this run ends here, since only a restart brings callers back.
        Other machines may take any time; only the run's end, or the user's own time limit, ends the wait. ScriptError.
        """
        inputs = self._inputs
        if self._begun:
            return
        if not await self._turn.enter_async_context(TURNS.turn(inputs.account, self._wait, self._max_unavailable)):
            raise ScriptError(
                (
                    f"{inputs.machine} has all that it needs, but its proxy was not restarted: "
                    if delivered
                    else f"{inputs.machine} was not changed, since it waits for its turn first: "
                )
                + (
                    "the run was cancelled"
                    if self._operation.cancelled.is_set()
                    else f"it had no turn within the {self._operation.timeout:.0f} s of its customTimeouts"
                )
                + " while other machines of its workload restarted. It serves as before, and the next `up` "
                + ("restarts it" if delivered else "goes on with it")
            )
        self._begun = True
        if self._entry is None:
            # Nobody calls it, or nobody can be told: its workload keeps others all the same.
            return
        try:
            health = await asyncio.to_thread(entry_health, self._cluster, inputs.namespace, self._entry)
            if health is None or not health.checked:
                # They look at a machine's health only if it has a probe.
                return
            if first is not None:
                await first()
            told = await asyncio.to_thread(take_out_of_service, self._cluster, inputs.namespace, self._entry)
        except ClusterError as error:
            self._operation.warn(f"{inputs.machine}: its proxy restarts without its callers being told: {error}")
            return
        if told:
            await sleep(inputs.drain_seconds, self._operation.cancelled)
