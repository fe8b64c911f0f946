"""The resource ``meshx:index:InstanceJoin``: an instance that joins by itself, as far as istiod knows of it.

    machine, namespace: str     the instance's name in the stack, and its workload's namespace
    workloadEntry: str          its declared WorkloadEntry; absent for a workload that only calls, and on Istio 1.1 to
                                1.4, where nobody tells how a machine is: it is not waited for
    announced: bool             whether objects that come after this join, and are gone before it ends, send its callers
    instance: str               what Google calls this very instance; another one is another join
    drainSeconds: int           how long it goes on serving once its callers were told that it leaves
    waitSeconds: int            how long its boot and its join may take

Outputs: the inputs. Nothing of it is secret. The instance itself is never logged in to: what it does stands on its
serial console.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from meshx.cluster.cluster_client import ClusterError
from meshx.cluster.registration import EntryHealth, entry_health, take_out_of_service
from meshx.machine.self_join import DEFAULTS, SelfJoin
from meshx.plugin_base.custom_resource import Diff, Operation, PartialFailure, Read
from meshx.plugin_base.property_diff import compare
from meshx.plugin_base.property_values import Properties

PAUSE_SECONDS = 1.0
FAILED_PROBE_SECONDS = 60.0
"""How long the probe of a connected instance may fail before its join counts as done and the failure is told: what
serves on it may be started after it has joined."""


class InstanceJoin(SelfJoin):
    """An instance's part in the mesh: waited for, and ended before the instance is deleted."""

    required = ("machine", "namespace", "instance")

    def diff(
        self, resource_id: str, olds: Properties, old_inputs: Properties, news: Properties, operation: Operation
    ) -> Diff:
        """Another instance leaves before the new one, which has its name and address, is made."""
        return compare(old_inputs, news, replace_on=("machine", "instance"), delete_before_replace=True)

    def create(self, news: Properties, operation: Operation) -> tuple[str, Properties]:
        """Wait until istiod says that the instance takes part."""
        machine = str(news["machine"])
        if not operation.preview:
            self._await_part(machine, news, operation)
        return machine, news

    def read(self, resource_id: str, inputs: Properties, state: Properties, operation: Operation) -> Read:
        """What istiod knows of the instance; words after its entry's name say what is amiss, for the next `up`."""
        name = _entry(inputs)
        if not inputs or name is None:
            return Read(resource_id if inputs else "", inputs, state)
        try:
            health = entry_health(self._cluster, str(inputs["namespace"]), name)
        except ClusterError as error:
            operation.warn(f"{resource_id}: what istiod knows of it was not looked at: {error}")
            return Read(resource_id, inputs, state)
        amiss = _amiss(health)
        found = {**inputs, "workloadEntry": f"{name} ({amiss})" if amiss else name}
        return Read(resource_id, found, {**state, **found})

    def update(
        self, resource_id: str, olds: Properties, old_inputs: Properties, news: Properties, operation: Operation
    ) -> Properties:
        """Wait again, where the instance is to take part otherwise than it did."""
        if not operation.preview and old_inputs.get("workloadEntry") != news.get("workloadEntry"):
            self._await_part(resource_id, news, operation)
        return news

    def delete(self, resource_id: str, olds: Properties, old_inputs: Properties, operation: Operation) -> None:
        """Tell the instance's callers, and give them time to go elsewhere."""
        inputs = {**DEFAULTS, **olds, **old_inputs}
        name = _entry(inputs)
        if name is None:
            if inputs.get("announced"):
                # What sent callers there is gone by now; the last of them take their time to hear of it.
                operation.cancelled.wait(float(inputs["drainSeconds"]))
            return
        try:
            told = take_out_of_service(self._cluster, str(inputs["namespace"]), name)
        except ClusterError as error:
            operation.warn(f"{resource_id} leaves without its callers being told: {error}")
            return
        if told:
            operation.cancelled.wait(float(inputs["drainSeconds"]))

    def _await_part(self, machine: str, inputs: Properties, operation: Operation) -> None:
        name = _entry(inputs)
        if name is None:
            return
        deadline = time.monotonic() + float(inputs["waitSeconds"])
        failing_since: float | None = None
        while True:
            health = entry_health(self._cluster, str(inputs["namespace"]), name)
            now = time.monotonic()
            if not _amiss(health):
                return
            if health is not None and health.connected_at is not None and health.healthy is False:
                failing_since = failing_since or now
                if now - failing_since > FAILED_PROBE_SECONDS:
                    operation.warn(f"{machine} has joined, but its probe fails and nobody calls it: {health.message}")
                    return
            if now > deadline or operation.cancelled.is_set():
                raise PartialFailure(machine, inputs, [_late(machine, inputs, _amiss(health))], inputs)
            operation.cancelled.wait(PAUSE_SECONDS)


def _entry(inputs: Mapping[str, Any]) -> str | None:
    """The WorkloadEntry's name; a refresh may have put words after it."""
    return str(inputs["workloadEntry"]).split(" ")[0] if inputs.get("workloadEntry") else None


def _amiss(health: EntryHealth | None) -> str:
    """What keeps istiod from sending callers to the instance; "" where nothing does, or nobody asks for its health."""
    if health is None:
        return "absent"
    if not health.checked:
        return ""
    if health.connected_at is None:
        return "not connected to istiod"
    if health.healthy is None:
        return health.message or "no word of its health at istiod"
    return "" if health.healthy else health.message or "its probe fails"


def _late(machine: str, inputs: Properties, amiss: str) -> str:
    return (
        f"{machine} has not joined after {float(inputs['waitSeconds']):.0f} s ({amiss}). It says why on its serial "
        f"console: `gcloud compute instances get-serial-port-output {machine}`. It goes on trying, "
        "and `pulumi up` waits anew"
    )
