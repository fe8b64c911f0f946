"""Bringing a machine in, looking at it, and taking it out: what the Join's operations have in common.

All waiting has an end. Each step looks first and does only what is missing, so that the next run continues one that was
cut short.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import yaml

from meshx.cluster.cluster_client import Cluster, ClusterError
from meshx.cluster.registration import entry_health
from meshx.join.bundle import MESH_CONFIG
from meshx.join.classic_hosts import is_gateway_name
from meshx.join.hosts import is_istiod_host
from meshx.join.machine_files import companion_file, machine_files
from meshx.machine.citadel_request import IdentityError
from meshx.machine.citadel_root import citadels_root
from meshx.machine.delivery import Delivery
from meshx.machine.drift import found_bundle, identity_state
from meshx.machine.identity_delivery import identity_data
from meshx.machine.join_inputs import JoinInputs
from meshx.machine.leaving_command import run_leaving_command
from meshx.machine.machine_errors import (
    PackageWantedError,
    ScriptError,
    SessionLostError,
    UnreachableError,
    UntouchedError,
)
from meshx.machine.observation import Observation, companion_names, observe_delivery, read_observation
from meshx.machine.restarting import Restart
from meshx.machine.sidecar_package import package_file
from meshx.machine.ssh_keys import PrivateKey
from meshx.machine.ssh_session import Session, open_session
from meshx.plugin_base.custom_resource import Operation, ResourceError

LOOK_SECONDS = 30.0
JOIN_SECONDS = 240.0
LEAVE_SECONDS = 180.0
READY_SECONDS = 120.0
PAUSE_SECONDS = 0.3
ISTIOD_PAUSE_SECONDS = 0.15
"""Shorter: a question to the cluster takes some milliseconds, one to a machine runs a script there."""
RESTART_WAITS = "restart waits"
"""What join.sh says where a serving proxy is to restart, once its callers were told."""
LEFT = "left"
"""What leave.sh says in the end; whatever else it says is of what stays on the machine."""
FAILED_PROBE_SECONDS = 10.0
"""How long a probe may fail before the join counts as done and the failure is told."""
UNHEARD_SECONDS = 30.0
"""How long istiod may take to hear of a machine's health, beside the times of its probe."""
KNOWN_SECONDS = 3.0
"""How long istiod may take to write down what it knows already."""
CLOCK_SECONDS = 120
"""A difference between the clocks from which certificates are likely to be refused."""


@dataclass(frozen=True)
class Surroundings:
    """What an operation has beside the inputs: the key to log in with, the cluster, the engine's call."""

    key: PrivateKey
    cluster: Cluster
    operation: Operation


class NotReadyError(ResourceError):
    """The machine has all that it needs and yet does not take part; ``seen`` is what it was like last."""

    def __init__(self, message: str, seen: Observation) -> None:
        super().__init__(message)
        self.seen = seen


async def look(inputs: JoinInputs, around: Surroundings) -> Observation:
    """Return what the machine has, by one session; MachineError."""
    async with open_session(inputs.machine, inputs.connection, around.key, around.operation.warn) as session:
        return await _observe(session, inputs)


async def bring_in(inputs: JoinInputs, around: Surroundings, first: bool = False) -> Observation:
    """Make the machine what the bundle says, and wait until the proxy and istiod say that it takes part.

    ``first``: what has to run on it for a good probe may come after this. Raises UntouchedError with nothing changed
    there; else MachineError, NotReadyError or ClusterError.
    """
    async with Restart(inputs, around.cluster, around.operation) as restart:
        started = await _deliver(inputs, around, restart)
        try:
            return await _await_part(inputs, around, restart, started, first)
        except UntouchedError as error:
            raise ScriptError(f"the sidecar was delivered, but then: {error}") from None


async def take_out(inputs: JoinInputs, around: Surroundings, run_command: bool = False) -> None:
    """Make the machine what it was before it joined; MachineError. It does nothing on one that never joined, or that
    has joined under another name since, which is that one's to take out.

    With ``run_command`` the user's own command for that moment is run first.
    """
    package = inputs.bundle["package"]
    delivery = Delivery(
        "leave.sh",
        {
            "unit": inputs.bundle["unit"]["name"],
            "package": f"{package['name']} -\n",
            **companion_file(companion_names(inputs.bundle)),
        },
    )
    for last in (False, True):
        try:
            async with open_session(
                inputs.machine, inputs.connection, around.key, around.operation.warn, patient=True
            ) as session:
                seen = await _observe(session, inputs)
                if seen.belongs_to_another(inputs.machine):
                    around.operation.inform(f"{inputs.machine} stays in the mesh, where it is {seen.joined_as} now")
                    return
                if run_command and inputs.before_leaving is not None:
                    await run_leaving_command(session, inputs.before_leaving, around.operation)
                printed = await session.run(delivery, LEAVE_SECONDS)
            stays = [line for line in printed.splitlines() if line != LEFT]
            if stays:
                around.operation.inform(f"{inputs.machine}: {', '.join(stays)}")
            return
        except SessionLostError:
            if last:
                raise


async def _await_part(
    inputs: JoinInputs, around: Surroundings, restart: Restart, started: bool, first: bool
) -> Observation:
    seen = await _await_proxy(inputs, around)
    if inputs.workload_entry is None or (started and first and not inputs.await_health):
        return seen
    if await _await_istiod(inputs, around, seen, first, patient=started):
        return seen
    # Either the entry was made anew while the proxy's connection stood, or istiod dropped the report that came before
    # it had read its own tie: the agent reports its present state once more on a new connection only.
    for connect_anew in (_reconnect, _start_anew):
        if await connect_anew(inputs, around, restart):
            seen = await _await_proxy(inputs, around)
            if await _await_istiod(inputs, around, seen, first, patient=True):
                return seen
    raise NotReadyError(
        f"{inputs.machine}: its proxy runs, but istiod has no word of its health for WorkloadEntry "
        f"{inputs.namespace}/{inputs.workload_entry}: look at istiod's log for that name",
        seen,
    )


async def _reconnect(inputs: JoinInputs, around: Surroundings, restart: Restart) -> bool:
    """Have the agent connect to istiod anew, which disturbs no call; False where the machine cannot be made to."""
    gateways = {address for name, address in inputs.bundle["hosts"].items() if is_istiod_host(name)}
    addresses = "".join(f"{address}\n" for address in sorted(gateways))
    async with open_session(inputs.machine, inputs.connection, around.key, around.operation.warn) as session:
        done = (await session.run(Delivery("reconnect.sh", {"addresses": addresses}), LOOK_SECONDS)).splitlines()
    if done:
        around.operation.inform(f"{inputs.machine}: {', '.join(done)}")
    return bool(done)


async def _start_anew(inputs: JoinInputs, around: Surroundings, restart: Restart) -> bool:
    """Start the sidecar anew."""
    return await _deliver(inputs, around, restart, in_any_case=True)


async def _observe(session: Session, inputs: JoinInputs, with_log: bool = False) -> Observation:
    printed = await session.run(observe_delivery(inputs, with_log), LOOK_SECONDS)
    try:
        return read_observation(inputs, printed)
    except ValueError as error:
        raise ScriptError(
            f"{inputs.machine}: the machine's answer makes no sense ({error}): a login script there may print "
            "something; it must be silent for sessions without a terminal"
        ) from None


async def _deliver(inputs: JoinInputs, around: Surroundings, restart: Restart, in_any_case: bool = False) -> bool:
    """Deliver what is missing, over a second session if the first is lost; tell whether the unit was started anew."""
    lost: SessionLostError | None = None
    for _ in range(2):
        try:
            async with open_session(
                inputs.machine, inputs.connection, around.key, around.operation.warn, patient=True
            ) as session:
                return await _deliver_once(session, inputs, around, restart, in_any_case)
        except SessionLostError as error:
            lost = error
        except UnreachableError as error:
            if lost is None:
                raise
            # Something was begun there.
            raise SessionLostError(f"{lost}; since then: {error}") from None
    raise lost or AssertionError("unreachable: the loop returns or raises")


async def _deliver_once(
    session: Session, inputs: JoinInputs, around: Surroundings, restart: Restart, in_any_case: bool
) -> bool:
    try:
        delivery = await _delivery_needed(session, inputs, around, in_any_case)
    except (ScriptError, ClusterError, IdentityError) as error:
        raise UntouchedError(str(error)) from None
    if delivery is None:
        return False
    try:
        printed = await session.run(delivery, JOIN_SECONDS)
    except PackageWantedError:
        delivery = replace(delivery, package=await asyncio.to_thread(package_file, inputs.bundle["package"]))
        printed = await session.run(delivery, JOIN_SECONDS)
    done = printed.splitlines()
    if RESTART_WAITS in done:
        await restart.begin()
        printed = await session.run(Delivery("join.sh", machine_files(inputs.bundle)), JOIN_SECONDS)
        done = [line for line in done if line != RESTART_WAITS] + printed.splitlines()
    around.operation.inform(f"{inputs.machine}: {', '.join(done)}")
    return "unit started" in done


async def _delivery_needed(
    session: Session, inputs: JoinInputs, around: Surroundings, in_any_case: bool
) -> Delivery | None:
    """Look at the machine and return what it lacks, None where it lacks nothing."""
    seen, _ = await asyncio.gather(_observe(session, inputs), asyncio.to_thread(around.cluster.prepare))
    _compare_clocks(inputs, around, seen)
    authority = await asyncio.to_thread(citadels_root, around.cluster, inputs)
    found, identity = found_bundle(inputs, seen, authority), identity_state(inputs, seen, authority)
    if found == inputs.bundle and not seen.belongs_to_another(inputs.machine) and not in_any_case:
        return None
    data = {**machine_files(inputs.bundle), "joined-as": f"{inputs.machine}\n"}
    data |= await asyncio.to_thread(identity_data, inputs, around.cluster, identity, around.operation.cancelled)
    if seen.certificate is not None and not identity.certificate_usable:
        data["reset-certificate"] = ""
    if seen.ready and not in_any_case:
        data["hold-restart"] = ""
    if in_any_case or not identity.certificate_usable:
        # The agent holds its certificate in memory and asks for another one when it starts.
        data["restart"] = ""
    installed = found["package"] == inputs.bundle["package"]
    package = None if installed else await asyncio.to_thread(package_file, inputs.bundle["package"])
    return Delivery("join.sh", data, package)


async def _await_proxy(inputs: JoinInputs, around: Surroundings) -> Observation:
    """Wait until the proxy has its configuration, over sessions of their own: the one that started it may be lost."""
    deadline = time.monotonic() + READY_SECONDS
    seen: Observation | None = None
    while True:
        try:
            async with open_session(inputs.machine, inputs.connection, around.key, around.operation.warn) as session:
                while True:
                    over = time.monotonic() > deadline
                    seen = await _observe(session, inputs, with_log=over)
                    if seen.ready:
                        return seen
                    if over or around.operation.cancelled.is_set():
                        raise NotReadyError(_not_ready(inputs, seen), seen)
                    await asyncio.sleep(PAUSE_SECONDS)
        except (SessionLostError, UnreachableError) as error:
            if time.monotonic() > deadline:
                raise SessionLostError(f"the sidecar was started, but then: {error}") from None
            await asyncio.sleep(1)


def _not_ready(inputs: JoinInputs, seen: Observation) -> str:
    hosts = inputs.bundle["hosts"].items()
    gateway = ", ".join(
        f"{name} ({address})" for name, address in hosts if is_istiod_host(name) or is_gateway_name(name)
    )
    log = f"; its last words: {seen.log}" if seen.log else ""
    return (
        f"{inputs.machine}: the sidecar was started (unit {inputs.bundle['unit']['name']} is {seen.unit_state}) but is "
        f"not ready after {READY_SECONDS:.0f} s{log}\nCheck that the machine reaches {gateway} on "
        f"{'ports 15011 and 8060' if 'identity' in inputs.bundle else 'port 15012'}, and /var/log/istio on it"
    )


async def _await_istiod(
    inputs: JoinInputs, around: Surroundings, seen: Observation, first: bool, patient: bool
) -> bool:
    """Wait for istiod's word on the machine's health; tell whether there is any (a failing probe is told, not raised).

    Without ``patient`` only for what istiod knows already.
    """
    start = time.monotonic()
    name = str(inputs.workload_entry)
    limit = unheard_seconds(inputs.bundle) if patient else KNOWN_SECONDS
    failing_since: float | None = None
    while True:
        health = await asyncio.to_thread(entry_health, around.cluster, inputs.namespace, name)
        now = time.monotonic()
        if health is not None and (not health.checked or health.healthy):
            return True
        if health is not None and health.healthy is False:
            if first and not inputs.await_health:
                return True
            failing_since = failing_since or now
            if now - failing_since > FAILED_PROBE_SECONDS:
                if inputs.await_health:
                    around.operation.warn(
                        f"{inputs.machine} has joined, but its probe fails and nobody calls it: {health.message}"
                    )
                return True
        elif now - start > limit:
            return False
        if around.operation.cancelled.is_set():
            raise NotReadyError(f"{inputs.machine}: cancelled while waiting for istiod", seen)
        await asyncio.sleep(ISTIOD_PAUSE_SECONDS)


def unheard_seconds(bundle: Mapping[str, Any]) -> float:
    """Return how long istiod may be without a word of a machine whose proxy has just connected; seconds."""
    return UNHEARD_SECONDS + _probe_seconds(bundle)


def _probe_seconds(bundle: Mapping[str, Any]) -> float:
    """Return how long a probe may take to its first word, from the bundle's mesh configuration; seconds."""
    file = bundle["files"].get(MESH_CONFIG, {})
    mesh: Any = yaml.safe_load(file.get("content", "")) or {}
    probe: Any = mesh.get("defaultConfig", {}).get("readinessProbe") or {}
    rounds = max(probe.get("successThreshold") or 1, probe.get("failureThreshold") or 1)
    return float((probe.get("initialDelaySeconds") or 0) + (probe.get("periodSeconds") or 10) * rounds)


def _compare_clocks(inputs: JoinInputs, around: Surroundings, seen: Observation) -> None:
    difference = seen.clock - int(time.time())
    if abs(difference) > CLOCK_SECONDS:
        around.operation.warn(
            f"{inputs.machine}: its clock is {abs(difference)} s {'ahead' if difference > 0 else 'behind'}, and "
            "certificates may be refused for it: set up time synchronisation there"
        )
