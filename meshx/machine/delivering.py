"""Delivers to a machine what it lacks of its bundle."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from meshx.cluster.cluster_client import ClusterError
from meshx.join.machine_files import machine_files, named_package
from meshx.join.package import package_for
from meshx.machine.citadel_request import IdentityError
from meshx.machine.citadel_root import citadels_root
from meshx.machine.delivery import Delivery
from meshx.machine.drift import IdentityState, found_bundle, identity_state
from meshx.machine.identity_delivery import identity_data
from meshx.machine.join_inputs import JoinInputs
from meshx.machine.line import Line
from meshx.machine.looking import CLOCK_SECONDS, look
from meshx.machine.machine_errors import (
    PackageWantedError,
    ScriptError,
    SessionLostError,
    UntouchedError,
)
from meshx.machine.moving.joined_by import JoinedBy, Whose, anothers_words, noted_otherwise, own_mark, whose
from meshx.machine.observation import Observation
from meshx.machine.restarting import Restart
from meshx.machine.sidecar_package import PackageError, package_file
from meshx.machine.ssh.session import Session
from meshx.machine.surroundings import Surroundings

JOIN_SECONDS = 240.0
RESTART_WAITS = "restart waits"
"""What join.sh prints if a serving proxy has to restart, which it may once its callers know."""


async def deliver(inputs: JoinInputs, line: Line, restart: Restart, in_any_case: bool = False) -> bool:
    """Deliver what is missing, over a second session if the first is lost; tell whether the unit was (re)started.

    Raises UntouchedError with nothing changed there, else MachineError.
    """
    lost: SessionLostError | None = None
    for _ in range(2):
        try:
            return await _deliver_once(await line.session(patient=True), inputs, line, restart, in_any_case)
        except SessionLostError as error:
            lost = error
        except UntouchedError as error:
            if lost is None:
                raise
            # join.sh has begun to change the machine.
            raise SessionLostError(f"{lost}; since then: {error}") from None
    raise lost or AssertionError("unreachable: the loop returns or raises")


async def _deliver_once(session: Session, inputs: JoinInputs, line: Line, restart: Restart, in_any_case: bool) -> bool:
    try:
        needed = await _delivery_needed(session, inputs, line, restart, in_any_case)
    except (ScriptError, ClusterError, IdentityError, PackageError) as error:
        raise UntouchedError(str(error)) from None
    if needed is None:
        return False
    delivery, package = needed
    try:
        printed = await session.run(delivery, JOIN_SECONDS)
    except PackageWantedError:
        try:
            file = await asyncio.to_thread(package_file, package)
        except PackageError as error:
            raise UntouchedError(f"{inputs.machine}: {error}") from None
        delivery = replace(delivery, package=file)
        printed = await session.run(delivery, JOIN_SECONDS)
    done = printed.splitlines()
    if RESTART_WAITS in done:
        if inputs.way_back_seconds:
            # Nothing is changed before.
            armed = Delivery("join.sh", {**delivery.data, "has-turn": ""})
            await restart.begin(delivered=False, first=lambda: session.run(armed, JOIN_SECONDS))
        else:
            await restart.begin()
        printed = await session.run(_after_the_turn(inputs, delivery, package), JOIN_SECONDS)
        done = [line for line in done if line != RESTART_WAITS] + printed.splitlines()
    line.around.operation.inform(f"{inputs.machine}: {', '.join(done)}")
    return "unit started" in done


def _compared_with(inputs: JoinInputs) -> dict[str, str]:
    """What a new package is compared with."""
    if inputs.upgrades is None:
        return {}
    allowed = {"allow-downgrade": ""} if inputs.upgrades["allowDowngrade"] else {}
    return {"control-plane": f"{inputs.upgrades['controlPlane']}\n", **allowed}


def _after_the_turn(inputs: JoinInputs, delivery: Delivery, package: Mapping[str, Any]) -> Delivery:
    """What starts the sidecar anew: with a way back nothing was changed yet, else all but that is done."""
    if not inputs.way_back_seconds:
        return Delivery("join.sh", {**machine_files(inputs.bundle), "package": named_package(package)})
    return Delivery("join.sh", {name: text for name, text in delivery.data.items() if name != "hold-restart"})


async def _delivery_needed(
    session: Session, inputs: JoinInputs, line: Line, restart: Restart, in_any_case: bool
) -> tuple[Delivery, Mapping[str, Any]] | None:
    """Look at the machine and return what it lacks, and the package for such a machine; None if it lacks nothing.

    One that comes over from another mesh, or line, has its turn first: its names and certificates change at once.
    """
    cluster, operation = line.around.cluster, line.around.operation
    seen, _ = await asyncio.gather(look(inputs, session), asyncio.to_thread(cluster.prepare))
    if words := _clock_words(seen):
        operation.warn(f"{inputs.machine}: {words}")
    authority = await asyncio.to_thread(citadels_root, cluster, inputs)
    if seen.undone:
        operation.warn(f"{inputs.machine}: {seen.undone}")
    found, identity = found_bundle(inputs, seen, authority), identity_state(inputs, seen, authority)
    mark, comes_over = await _taken(inputs, seen, line.around)
    another = seen.belongs_to_another(inputs.machine) or bool(seen.other_machine(inputs))
    if another or comes_over:
        # It may be a clone: the machine that it was made from has the same key, and is to keep it alone. And one mesh's
        # key is not to be taken into another.
        identity = IdentityState(identity.words, certificate_usable=False, token_usable=False)
    elif found == inputs.bundle and seen.has_way_back(inputs) and not in_any_case and not noted_otherwise(seen, mark):
        return None
    try:
        named = package_for(inputs.bundle["package"], seen.package.kind)
    except ValueError as error:
        raise UntouchedError(f"{inputs.machine}: {error}") from None
    data = {**machine_files(inputs.bundle), "package": named_package(named), "joined-as": f"{inputs.machine}\n"}
    if mark is not None:
        data["joined-by"] = f"{mark}\n"
    # With a way back the machine may have the package, and says so if not. One that comes over has another.
    at_hand = (inputs.way_back_seconds and not comes_over) or found["package"] == inputs.bundle["package"]
    package = None if at_hand else await asyncio.to_thread(package_file, named)
    if comes_over and not in_any_case:
        # Others may take any time, and a token, or a certificate, is to last for its own.
        await restart.begin(delivered=False)
    data |= await asyncio.to_thread(identity_data, inputs, cluster, identity, operation.cancelled)
    if another or comes_over or (seen.certificate is not None and not identity.certificate_usable):
        data["reset-certificate"] = ""
    if not comes_over and seen.ready and not in_any_case:
        data["hold-restart"] = ""
    if in_any_case or not identity.certificate_usable:
        # The agent keeps its certificate in memory and asks for another one only when it starts.
        data["restart"] = ""
    data |= _compared_with(inputs)
    if inputs.way_back_seconds:
        # A machine does not go back to what another one had, nor to an account that the mesh refuses.
        none = another or _is_revoked(inputs, seen)
        data["way-back"] = f"{0 if none else inputs.way_back_seconds}\n"
    return Delivery("join.sh", data, package), named


def _is_revoked(inputs: JoinInputs, seen: Observation) -> bool:
    """Whether the machine has the certificate of an account of its workload that was revoked."""
    identity = seen.certificate.identity if seen.certificate is not None else ""
    return any(identity.endswith(f"/ns/{inputs.namespace}/sa/{account}") for account in inputs.revoked_accounts)


async def _taken(inputs: JoinInputs, seen: Observation, around: Surroundings) -> tuple[JoinedBy | None, bool]:
    """What this stack notes on a machine that it may take, and whether it comes over from another mesh, or line."""
    owner = await whose(seen, around)
    if owner is Whose.ANOTHERS:
        raise UntouchedError(anothers_words(inputs.machine, seen))
    mark = await asyncio.to_thread(own_mark, around)
    if owner is Whose.FORMER and mark is None:
        raise UntouchedError(
            f"{inputs.machine} does not come over: it could not note whose it is then, and its former stack would take "
            "it out. Give the user of meshx:cluster's kubeconfig the right to read namespace kube-system, whose UID "
            "that takes"
        )
    return mark, owner is Whose.FORMER or bool(seen.retiring)


def _clock_words(seen: Observation) -> str:
    difference = seen.clock - int(time.time())
    if abs(difference) <= CLOCK_SECONDS:
        return ""
    return (
        f"its clock is {abs(difference)} s {'ahead' if difference > 0 else 'behind'}, and certificates may be refused "
        "for it: set up time synchronisation there"
    )
