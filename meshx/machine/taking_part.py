"""Waits until a machine is in the mesh: its proxy is ready, and istiod knows the machine's health."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import yaml

from meshx.cluster.entry_watch import entry_watch
from meshx.istio.ports import ISTIOD_TLS_PORT
from meshx.join.bundle import MESH_CONFIG
from meshx.join.classic_hosts import is_gateway_name
from meshx.join.hosts import is_istiod_host
from meshx.machine.delivering import deliver
from meshx.machine.delivery import Delivery
from meshx.machine.join_inputs import JoinInputs
from meshx.machine.line import Line
from meshx.machine.looking import LOOK_SECONDS, look
from meshx.machine.machine_errors import SessionLostError, UnreachableError
from meshx.machine.observation import Observation
from meshx.machine.restarting import Restart
from meshx.plugin_base.custom_resource import ResourceError
from meshx.plugin_base.waiting import Wait

READY_SECONDS = 120.0
FAILED_PROBE_SECONDS = 10.0
"""How long a probe may fail before the join counts as done and reports the failure."""
UNHEARD_SECONDS = 30.0
"""How long istiod may take to hear of a machine's health, in addition to its probe's times."""
KNOWN_SECONDS = 3.0
"""How long istiod may take to write down what it already knows."""


class NotReadyError(ResourceError):
    """The machine has all that it needs but does not get ready; ``seen`` is the last look at it."""

    def __init__(self, message: str, seen: Observation) -> None:
        super().__init__(message)
        self.seen = seen


async def await_part(inputs: JoinInputs, line: Line, restart: Restart, started: bool, first: bool) -> Observation:
    """Wait for the proxy and for istiod; `started`: the unit has just been started, `first`: the machine is new.

    Raises NotReadyError, MachineError, ClusterError.
    """
    seen = await _await_proxy(inputs, line)
    if inputs.workload_entry is None or (started and first and not inputs.await_health):
        return seen
    if await _await_istiod(inputs, line, seen, first, patient=started):
        return seen
    # Either the entry was made again while the proxy was connected, or istiod dropped a report that came before it had
    # read its own tie. The agent repeats its state on a new connection only.
    for reconnect in (_reconnect, _restart):
        if await reconnect(inputs, line, restart):
            seen = await _await_proxy(inputs, line)
            if await _await_istiod(inputs, line, seen, first, patient=True):
                return seen
    raise NotReadyError(
        f"{inputs.machine}: its proxy runs, but istiod has no word of its health for WorkloadEntry "
        f"{inputs.namespace}/{inputs.workload_entry}: look at istiod's log for that name",
        seen,
    )


def unheard_seconds(bundle: Mapping[str, Any]) -> float:
    """Return how long istiod may take to hear of a machine whose proxy has just connected; seconds."""
    return UNHEARD_SECONDS + _probe_seconds(bundle)


async def _reconnect(inputs: JoinInputs, line: Line, restart: Restart) -> bool:
    """Make the agent reconnect to istiod, which disturbs no call; False if the machine has no way to do that."""
    session = await line.session()
    port = discovery_of(inputs.bundle).rpartition(":")[2] or ISTIOD_TLS_PORT
    done = (await session.run(Delivery("reconnect.sh", {"port": f"{port}\n"}), LOOK_SECONDS)).splitlines()
    if done:
        line.around.operation.inform(f"{inputs.machine}: {', '.join(done)}")
    return bool(done)


async def _restart(inputs: JoinInputs, line: Line, restart: Restart) -> bool:
    """Restart the sidecar."""
    return await deliver(inputs, line, restart, in_any_case=True)


async def _await_proxy(inputs: JoinInputs, line: Line) -> Observation:
    """Wait until the proxy has its configuration; starting it may have cost the session."""
    wait = Wait(line.around.operation.cancelled, READY_SECONDS, most=0.6)
    while True:
        try:
            last = wait.over
            seen = await look(inputs, await line.session(), with_log=last)
            if seen.ready:
                return seen
            if last:
                raise NotReadyError(_not_ready(inputs, seen), seen)
        except (SessionLostError, UnreachableError) as error:
            if wait.over:
                raise SessionLostError(f"the sidecar was started, but then: {error}") from None
        await wait.pause_async()


def _not_ready(inputs: JoinInputs, seen: Observation) -> str:
    hosts = inputs.bundle["hosts"].items()
    gateway = ", ".join(
        f"{name} ({address})" for name, address in hosts if address and (is_istiod_host(name) or is_gateway_name(name))
    )
    host, _, port = discovery_of(inputs.bundle).rpartition(":")
    log = f"; its last words: {seen.log}" if seen.log else ""
    return (
        f"{inputs.machine}: the sidecar was started (unit {inputs.bundle['unit']['name']} is {seen.unit_state}) but is "
        f"not ready after {READY_SECONDS:.0f} s{log}\nCheck that the machine reaches {gateway or host} on "
        f"{'ports 15011 and 8060' if 'identity' in inputs.bundle else f'port {port}'}, and /var/log/istio on it"
    )


async def _await_istiod(inputs: JoinInputs, line: Line, seen: Observation, first: bool, patient: bool) -> bool:
    """Wait until istiod reports the machine's health; tell whether it does (a failing probe is reported, not raised).

    Without ``patient``, wait only for what istiod already knows.
    """
    cluster, operation = line.around.cluster, line.around.operation
    name = str(inputs.workload_entry)
    wait = Wait(operation.cancelled, unheard_seconds(inputs.bundle) if patient else KNOWN_SECONDS)
    failing: Wait | None = None
    with entry_watch(cluster, inputs.namespace).used(cluster) as entries:
        while True:
            health = await asyncio.to_thread(entries.health, name)
            if health is not None and (not health.checked or health.healthy):
                return True
            if health is not None and health.healthy is False:
                if first and not inputs.await_health:
                    return True
                failing = failing or Wait(operation.cancelled)
                wait.limit(wait.waited + FAILED_PROBE_SECONDS)
                if failing.waited > FAILED_PROBE_SECONDS:
                    if inputs.await_health:
                        operation.warn(
                            f"{inputs.machine} has joined, but its probe fails and nobody calls it: {health.message}"
                        )
                    return True
            if not await wait.pause_async(entries.news):
                if operation.cancelled.is_set():
                    raise NotReadyError(f"{inputs.machine}: cancelled while waiting for istiod", seen)
                return False


def discovery_of(bundle: Mapping[str, Any]) -> str:
    """Return the `host:port` at which a machine's agent asks for configuration; "" on the classic line."""
    return str(_proxy_config(bundle).get("discoveryAddress") or "")


def _proxy_config(bundle: Mapping[str, Any]) -> dict[str, Any]:
    file = bundle["files"].get(MESH_CONFIG, {})
    mesh: Any = yaml.safe_load(file.get("content", "")) or {}
    return mesh.get("defaultConfig") or {}


def _probe_seconds(bundle: Mapping[str, Any]) -> float:
    """Return how long a probe may take to its first result, from the bundle's mesh configuration; seconds."""
    probe: Any = _proxy_config(bundle).get("readinessProbe") or {}
    rounds = max(probe.get("successThreshold") or 1, probe.get("failureThreshold") or 1)
    return float((probe.get("initialDelaySeconds") or 0) + (probe.get("periodSeconds") or 10) * rounds)
