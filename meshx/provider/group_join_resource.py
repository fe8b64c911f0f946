"""The resource ``meshx:index:GroupJoin``: a group of instances that join by themselves, as istiod knows them.

    group, namespace: str       the WorkloadGroup in which its instances register, and its namespace
    size: int                   how many instances there are to be, at least
    template: str               their instance template; after a change meshx waits for them again
    drainSeconds: int           how long they go on serving after their callers hear that the group goes
    waitSeconds: int            how long their boots and joins may take

Outputs: the inputs. None of it is secret.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from meshx.cluster.cluster_objects import listed, part
from meshx.cluster.entry_watch import entry_watch
from meshx.cluster.registration import CONNECTED_AT_ANNOTATION, entries_path, health_of
from meshx.plugin_base.custom_resource import Diff, Operation, PartialFailure
from meshx.plugin_base.property_diff import compare
from meshx.plugin_base.property_values import Properties
from meshx.plugin_base.waiting import Wait
from meshx.provider import self_join
from meshx.provider.self_join import DEFAULTS, SelfJoin

GROUP_ANNOTATION = "istio.io/autoRegistrationGroup"
"""istiod writes it to the entry of each instance that registers (pilot/pkg/autoregistration/controller.go)."""


class GroupJoin(SelfJoin):
    """A group in the mesh: waits for its instances, and drains them before they are deleted."""

    required = ("group", "namespace", "size", "template")

    def diff(
        self, resource_id: str, olds: Properties, old_inputs: Properties, news: Properties, operation: Operation
    ) -> Diff:
        """Only a change of the WorkloadGroup makes it another join."""
        return compare(old_inputs, news, replace_on=("group", "namespace"), delete_before_replace=True)

    def delete(self, resource_id: str, olds: Properties, old_inputs: Properties, operation: Operation) -> None:
        """Drain all its instances."""
        inputs = {**DEFAULTS, **olds, **old_inputs}

        def names() -> list[str]:
            entries = listed(self._cluster, entries_path(str(inputs["namespace"])))
            return [str(entry["metadata"]["name"]) for entry in _of_group(entries, inputs)]

        self.drain(resource_id, inputs, operation, names)

    def await_part(self, resource_id: str, inputs: Properties, operation: Operation) -> None:
        """Wait until istiod knows the wanted number of instances and finds them healthy."""
        wanted = int(inputs["size"])
        wait = Wait(operation.cancelled, float(inputs["waitSeconds"]))
        failing: Wait | None = None
        with entry_watch(self._cluster, str(inputs["namespace"])).used(self._cluster) as watched:
            while True:
                entries = _of_group(watched.all(), inputs)
                healths = [health_of(entry) for entry in entries]
                healthy = sum(1 for health in healths if health.healthy or not health.checked)
                if healthy >= wanted:
                    return
                failing = (failing or Wait(operation.cancelled)) if len(entries) >= wanted else None
                if failing is not None and failing.waited > self_join.FAILED_PROBE_SECONDS:
                    operation.warn(
                        f"the group {resource_id} has joined, but the probe of {len(entries) - healthy} of its "
                        "instances fails, and nobody calls those"
                    )
                    return
                if not wait.pause(watched.news):
                    late = _not_joined(resource_id, wanted, len(entries), inputs)
                    raise PartialFailure(resource_id, inputs, [late], inputs)


def _of_group(entries: Iterable[dict[str, Any]], inputs: Properties) -> list[dict[str, Any]]:
    """The entries of the group's instances that exist."""
    found = [(part(part(entry, "metadata"), "annotations"), entry) for entry in entries]
    return [
        entry
        for annotations, entry in found
        if annotations.get(GROUP_ANNOTATION) == inputs["group"] and CONNECTED_AT_ANNOTATION in annotations
    ]


def _not_joined(group: str, wanted: int, there: int, inputs: Properties) -> str:
    seconds = float(inputs["waitSeconds"])
    return (
        f"the group {group} has {there} of {wanted} instances in the mesh after {seconds:.0f} s. The others say why on "
        "their serial consoles: `gcloud compute instances get-serial-port-output <instance>`. They go on trying, and "
        "`pulumi up` waits anew"
    )
