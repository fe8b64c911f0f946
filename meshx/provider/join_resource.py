"""The resource ``meshx:index:Join``: one machine's place in the mesh.

Inputs: see meshx/machine/join_inputs.py. Outputs: the inputs, and ``observed`` ("ok" or "unreachable"), ``machineId``
(/etc/machine-id), ``certificateEnd`` (RFC 3339, "" where there is none) and ``packageVersion``. Neither holds a secret:
the token goes from the cluster to the machine, and the key to log in with is the provider's configuration.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any, TypeVar

from meshx.cluster.cluster_client import Cluster, ClusterError
from meshx.cluster.registration import EntryHealth, entry_health, take_out_of_service
from meshx.machine.citadel_root import citadels_root
from meshx.machine.drift import found_bundle
from meshx.machine.join_inputs import JoinInputs, check_inputs, join_inputs
from meshx.machine.joining import NotReadyError, Surroundings, bring_in, look, take_out, unheard_seconds
from meshx.machine.machine_errors import MachineError, UnreachableError, UntouchedError
from meshx.machine.observation import Observation
from meshx.machine.preview_observation import PreviewObservations
from meshx.machine.ssh_keys import PrivateKey
from meshx.plugin_base.custom_resource import (
    CheckFailure,
    Diff,
    Operation,
    PartialFailure,
    Read,
    Resource,
    ResourceError,
)
from meshx.plugin_base.property_diff import compare, unknown_outputs
from meshx.plugin_base.property_values import Properties

OPERATION_SECONDS = 600.0
LOOK_SECONDS = 45.0
LEAVING_INPUTS = ("drainSeconds", "onUnreachable")
FOUND_OUTPUTS = ("observed", "machineId", "certificateEnd", "packageVersion")

_Result = TypeVar("_Result")


class JoinResource(Resource):
    """A machine's join.

    ``configuration`` is the provider's: ``kubeconfigFile``, ``context``, ``sshPrivateKeyFile``, ``sshPrivateKey``.
    """

    def __init__(self, configuration: Properties) -> None:
        self._cluster = Cluster(configuration.get("kubeconfigFile"), configuration.get("context"))
        self._key = PrivateKey(configuration.get("sshPrivateKeyFile"), configuration.get("sshPrivateKey"))
        self._preview_observations = PreviewObservations()

    def check(
        self, news: Properties, olds: Properties | None, operation: Operation
    ) -> tuple[Properties, Sequence[CheckFailure]]:
        """Fill in defaults and name what is missing."""
        return check_inputs(news)

    def diff(
        self, resource_id: str, olds: Properties, old_inputs: Properties, news: Properties, operation: Operation
    ) -> Diff:
        """Compare with the state alone. Only another name is another machine; it leaves before the new one joins."""
        return compare(old_inputs, news, replace_on=("machine",), delete_before_replace=True)

    def create(self, news: Properties, operation: Operation) -> tuple[str, Properties]:
        """Bring the machine in; a preview looks whether it was joined already.

        Once something was changed on it, a failure keeps it in the state, to be taken out.
        """
        if operation.preview:
            self._preview_observations.tell(news, self._around(operation))
            return "", news | unknown_outputs(FOUND_OUTPUTS)
        inputs = join_inputs(news)
        try:
            seen = self._run(operation, bring_in(inputs, self._around(operation), first=True))
        except UntouchedError:
            raise
        except NotReadyError as error:
            raise PartialFailure(inputs.machine, _outputs(news, error.seen), [str(error)], news) from None
        except (MachineError, ClusterError) as error:
            raise PartialFailure(inputs.machine, _unseen(news), [str(error)], news) from None
        return inputs.machine, _outputs(news, seen)

    def read(self, resource_id: str, inputs: Properties, state: Properties, operation: Operation) -> Read:
        """Look at the machine: what differs stands in place of what is wanted; one out of reach keeps its state."""
        if not inputs:
            return Read("")
        try:
            wanted = join_inputs(inputs)
            seen = self._run(operation, look(wanted, self._around(operation)), LOOK_SECONDS)
            found = {**inputs, "bundle": found_bundle(wanted, seen, citadels_root(self._cluster, wanted))}
            if wanted.workload_entry is not None:
                found["workloadEntry"] = self._entry_words(wanted, operation)
        except Exception as error:
            # Whatever it is: one machine must not fail the refresh of all.
            operation.warn(f"{resource_id} was not looked at, its last state stays: {error}")
            return Read(resource_id, inputs, {**state, "observed": "unreachable"})
        return Read(resource_id, found, _outputs(found, seen))

    def update(
        self, resource_id: str, olds: Properties, old_inputs: Properties, news: Properties, operation: Operation
    ) -> Properties:
        """Bring the machine to the new inputs. Another identity: it leaves first, unless it is another machine now."""
        if operation.preview:
            return news | unknown_outputs(FOUND_OUTPUTS)
        inputs, before = join_inputs(news), join_inputs({**news, **old_inputs})
        if inputs.account != before.account:
            # By the new way: the old one may be what has changed.
            leaving = replace(before, connection=inputs.connection)
            if self._is_same_machine(leaving, olds, operation):
                self._leave(leaving, operation)
        try:
            seen = self._run(operation, bring_in(inputs, self._around(operation)))
        except UnreachableError as error:
            if not _differ_in_leaving_only(old_inputs, news):
                raise
            # Or nobody could let go of a machine that is gone for good.
            operation.warn(f"{error}\nHow it is to leave is noted all the same")
            return {**olds, **news}
        return _outputs(news, seen)

    def delete(self, resource_id: str, olds: Properties, old_inputs: Properties, operation: Operation) -> None:
        """Take the machine out of service, then out of the mesh; one out of reach fails, or is forgotten."""
        inputs = join_inputs({**olds, **old_inputs})
        try:
            self._leave(inputs, operation, run_command=True)
        except UnreachableError as error:
            if not inputs.forget_unreachable:
                raise ResourceError(
                    f"{error}\nIt stays as it is until it can be reached. To let it go, write `onUnreachable: forget` "
                    f"under its workload, have that noted by `pulumi up --target '**::{operation.name}'`, and run this "
                    "again"
                ) from None
            operation.warn(f"{error}\nIt is forgotten, as configured, and keeps what it has of the mesh")

    def _leave(self, inputs: JoinInputs, operation: Operation, run_command: bool = False) -> None:
        self._drain(inputs, operation)
        self._run(operation, take_out(inputs, self._around(operation), run_command))

    def _drain(self, inputs: JoinInputs, operation: Operation) -> None:
        if inputs.workload_entry is None:
            if "identity" in inputs.bundle:
                # The objects that sent callers here are gone by now; the last of them take their time to hear of it.
                time.sleep(inputs.drain_seconds)
            return
        try:
            told = take_out_of_service(self._cluster, inputs.namespace, inputs.workload_entry)
        except ClusterError as error:
            operation.warn(f"{inputs.machine} leaves without its callers being told: {error}")
            return
        if told:
            time.sleep(inputs.drain_seconds)

    def _is_same_machine(self, inputs: JoinInputs, olds: Properties, operation: Operation) -> bool:
        seen = self._run(operation, look(inputs, self._around(operation)), LOOK_SECONDS)
        return seen.machine_id == olds.get("machineId")

    def _entry_words(self, inputs: JoinInputs, operation: Operation) -> str:
        """The entry's name, with words after it where istiod cannot tie the machine to it."""
        name = str(inputs.workload_entry)
        try:
            health = entry_health(self._cluster, inputs.namespace, name)
        except ClusterError as error:
            operation.warn(f"{inputs.machine}: what istiod knows of it was not looked at: {error}")
            return name
        if health is None:
            return f"{name} (absent)"
        if health.checked and health.healthy is None and not _word_may_come(health, inputs):
            unsaid = "no word of its health at istiod" if health.connected_at else "not connected to istiod"
            return f"{name} ({health.message or unsaid})"
        return name

    def _around(self, operation: Operation) -> Surroundings:
        return Surroundings(self._key, self._cluster, operation)

    def _run(self, operation: Operation, work: Coroutine[Any, Any, _Result], seconds: float = 0.0) -> _Result:
        limit = seconds or operation.timeout or OPERATION_SECONDS

        async def bounded() -> _Result:
            return await asyncio.wait_for(work, limit)

        try:
            return asyncio.run(bounded())
        except asyncio.TimeoutError:
            raise MachineError(f"{operation.name} was not done after {limit:.0f} s") from None


def _word_may_come(health: EntryHealth, inputs: JoinInputs) -> bool:
    """Whether the proxy connected so lately that istiod need not have heard of the machine's health yet."""
    if health.connected_at is None or health.message:
        return False
    since = (datetime.now(timezone.utc) - health.connected_at).total_seconds()
    return since < unheard_seconds(inputs.bundle)


def _outputs(inputs: Properties, seen: Observation) -> Properties:
    return {
        **inputs,
        "observed": "ok",
        "machineId": seen.machine_id,
        "certificateEnd": f"{seen.certificate.end:%Y-%m-%dT%H:%M:%SZ}" if seen.certificate else "",
        "packageVersion": seen.package.version,
    }


def _differ_in_leaving_only(old: Properties, new: Properties) -> bool:
    joining, wanted = ({key: value for key, value in one.items() if key not in LEAVING_INPUTS} for one in (old, new))
    return old != new and joining == wanted


def _unseen(inputs: Properties) -> Properties:
    return {**inputs, "observed": "unreachable", "machineId": "", "certificateEnd": "", "packageVersion": ""}
