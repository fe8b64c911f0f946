"""The resource ``meshx:index:InstanceJoin``: an instance that joins by itself, as istiod knows it.

    machine, namespace: str     the instance's name in the stack, and its workload's namespace
    workloadEntry: str          its declared WorkloadEntry; absent for a workload that only calls, and on Istio 1.1 to
                                1.4, where nobody reports a machine's health: then nothing waits for it
    entryState: str             what a refresh found wrong with that entry (meshx/machine/entry_state.py)
    announced: bool             whether callers find it by objects that come after this join and go before it ends
    instance: str               Google's id of this very instance; another id makes it another join
    drainSeconds: int           how long it goes on serving after its callers hear that it leaves
    waitSeconds: int            how long its boot and its join may take

Outputs: the inputs. None of it is secret. meshx never logs in to the instance: its serial console shows what it
does.
"""

from __future__ import annotations

from meshx.cluster.cluster_client import ClusterError
from meshx.cluster.entry_watch import entry_watch
from meshx.cluster.registration import EntryHealth, entry_health
from meshx.machine.entry_state import ENTRY, STATE, in_present_shape, with_entry_state
from meshx.plugin_base.custom_resource import Diff, Operation, PartialFailure, Read
from meshx.plugin_base.property_diff import compare
from meshx.plugin_base.property_values import Properties
from meshx.plugin_base.waiting import Wait
from meshx.provider import self_join
from meshx.provider.self_join import DEFAULTS, SelfJoin


class InstanceJoin(SelfJoin):
    """An instance in the mesh: waits for it, and drains it before it is deleted."""

    required = ("machine", "namespace", "instance")

    def diff(
        self, resource_id: str, olds: Properties, old_inputs: Properties, news: Properties, operation: Operation
    ) -> Diff:
        """The old instance leaves before the new one, which has its name and address, is made."""
        # A refresh compares what it found with the inputs of the state, which come as the new ones.
        before, after = in_present_shape(old_inputs), in_present_shape(news)
        return compare(before, after, replace_on=("machine", "instance"), delete_before_replace=True)

    def read(self, resource_id: str, inputs: Properties, state: Properties, operation: Operation) -> Read:
        """What istiod knows of the instance; `entryState` says what is wrong, for the next `up`."""
        inputs, state = in_present_shape(inputs), in_present_shape(state)
        if not inputs or not inputs.get(ENTRY):
            return Read(resource_id if inputs else "", inputs, state)
        try:
            health = entry_health(self._cluster, str(inputs["namespace"]), str(inputs[ENTRY]))
        except ClusterError as error:
            operation.warn(f"{resource_id}: what istiod knows of it was not looked at: {error}")
            return Read(resource_id, inputs, state)
        problem = _entry_problem(health)
        found = with_entry_state(inputs, problem)
        return Read(resource_id, found, with_entry_state({**state, **found}, problem))

    def update(
        self, resource_id: str, olds: Properties, old_inputs: Properties, news: Properties, operation: Operation
    ) -> Properties:
        """Wait again if the instance's part in the mesh changes."""
        before = in_present_shape(old_inputs)
        if all(before.get(key) == news.get(key) for key in (ENTRY, STATE)):
            return news
        return super().update(resource_id, olds, old_inputs, news, operation)

    def delete(self, resource_id: str, olds: Properties, old_inputs: Properties, operation: Operation) -> None:
        """Drain the instance."""
        inputs = {**DEFAULTS, **olds, **in_present_shape(old_inputs)}
        if inputs.get(ENTRY):
            self.drain(resource_id, inputs, operation, lambda: [str(inputs[ENTRY])])
        elif inputs.get("announced"):
            # The objects that sent callers there are gone by now; the last callers need a moment to hear of it.
            operation.cancelled.wait(float(inputs["drainSeconds"]))

    def await_part(self, resource_id: str, inputs: Properties, operation: Operation) -> None:
        """Wait until istiod finds the instance healthy, or as good as that."""
        if not inputs.get(ENTRY):
            return
        name, namespace = str(inputs[ENTRY]), str(inputs["namespace"])
        wait = Wait(operation.cancelled, float(inputs["waitSeconds"]))
        failing: Wait | None = None
        with entry_watch(self._cluster, namespace).used(self._cluster) as entries:
            while problem := _entry_problem(health := entries.health(name)):
                if health is not None and health.connected_at is not None and health.healthy is False:
                    failing = failing or Wait(operation.cancelled)
                    if failing.waited > self_join.FAILED_PROBE_SECONDS:
                        operation.warn(
                            f"{resource_id} has joined, but its probe fails and nobody calls it: {health.message}"
                        )
                        return
                if not wait.pause(entries.news):
                    # As a refresh writes it, so that the next `up` waits again.
                    late = with_entry_state(inputs, problem)
                    raise PartialFailure(resource_id, late, [_not_joined(resource_id, inputs, problem)], late)


def _entry_problem(health: EntryHealth | None) -> str:
    """What keeps istiod from sending callers to the instance; "" for nothing, or if nobody asks for its health."""
    if health is None:
        return "absent"
    if not health.checked:
        return ""
    if health.connected_at is None:
        return "not connected to istiod"
    if health.healthy is None:
        return health.message or "no word of its health at istiod"
    return "" if health.healthy else health.message or "its probe fails"


def _not_joined(machine: str, inputs: Properties, problem: str) -> str:
    return (
        f"{machine} has not joined after {float(inputs['waitSeconds']):.0f} s ({problem}). It says why on its serial "
        f"console: `gcloud compute instances get-serial-port-output {machine}`. It goes on trying, "
        "and `pulumi up` waits anew"
    )
