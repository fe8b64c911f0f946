"""The resource ``meshx:index:GroupJoin``: a group of instances that join by themselves, as far as istiod knows of them.

    group, namespace: str       the WorkloadGroup in which its instances register, and its namespace
    size: int                   how many of them there are to be, at least
    template: str               what they are made from; with another one they are waited for anew
    drainSeconds: int           how long they go on serving once their callers were told that the group goes
    waitSeconds: int            how long their boots and joins may take

Outputs: the inputs. Nothing of it is secret.
"""

from __future__ import annotations

import time
from typing import Any

from meshx.cluster.cluster_client import ClusterError
from meshx.cluster.cluster_objects import listed, part
from meshx.cluster.registration import CONNECTED_AT_ANNOTATION, health_of, take_out_of_service
from meshx.machine.self_join import DEFAULTS, SelfJoin
from meshx.plugin_base.custom_resource import Diff, Operation, PartialFailure
from meshx.plugin_base.property_diff import compare
from meshx.plugin_base.property_values import Properties

GROUP_ANNOTATION = "istio.io/autoRegistrationGroup"
"""Written by istiod to the entry of each instance that registers (pilot/pkg/autoregistration/controller.go)."""
PAUSE_SECONDS = 1.0
FAILED_PROBE_SECONDS = 60.0
"""How long probes of connected instances may fail before the join counts as done and the failure is told."""


class GroupJoin(SelfJoin):
    """A group's part in the mesh: waited for, and ended before its instances are deleted."""

    required = ("group", "namespace", "size", "template")

    def diff(
        self, resource_id: str, olds: Properties, old_inputs: Properties, news: Properties, operation: Operation
    ) -> Diff:
        """Only another WorkloadGroup is another join."""
        return compare(old_inputs, news, replace_on=("group", "namespace"), delete_before_replace=True)

    def create(self, news: Properties, operation: Operation) -> tuple[str, Properties]:
        """Wait until istiod knows as many instances as there are to be, and finds them healthy."""
        group = str(news["group"])
        if not operation.preview:
            self._await_instances(group, news, operation)
        return group, news

    def update(
        self, resource_id: str, olds: Properties, old_inputs: Properties, news: Properties, operation: Operation
    ) -> Properties:
        """Wait for those of another number, or from another template."""
        if not operation.preview:
            self._await_instances(resource_id, news, operation)
        return news

    def delete(self, resource_id: str, olds: Properties, old_inputs: Properties, operation: Operation) -> None:
        """Tell the callers of all its instances, and give them time to go elsewhere."""
        inputs = {**DEFAULTS, **olds, **old_inputs}
        namespace = str(inputs["namespace"])
        try:
            names = [str(part(entry, "metadata")["name"]) for entry in self._entries(inputs)]
            told = [take_out_of_service(self._cluster, namespace, name) for name in names]
        except ClusterError as error:
            operation.warn(f"{resource_id} leaves without its callers being told: {error}")
            return
        if any(told):
            operation.cancelled.wait(float(inputs["drainSeconds"]))

    def _entries(self, inputs: Properties) -> list[dict[str, Any]]:
        """The entries of the group's instances that are there."""
        path = f"/apis/networking.istio.io/v1/namespaces/{inputs['namespace']}/workloadentries"
        found = [(part(part(entry, "metadata"), "annotations"), entry) for entry in listed(self._cluster, path)]
        return [
            entry
            for annotations, entry in found
            if annotations.get(GROUP_ANNOTATION) == inputs["group"] and CONNECTED_AT_ANNOTATION in annotations
        ]

    def _await_instances(self, group: str, inputs: Properties, operation: Operation) -> None:
        wanted = int(inputs["size"])
        deadline = time.monotonic() + float(inputs["waitSeconds"])
        failing_since: float | None = None
        while True:
            entries = self._entries(inputs)
            healths = [health_of(entry) for entry in entries]
            healthy = sum(1 for health in healths if health.healthy or not health.checked)
            if healthy >= wanted:
                return
            now = time.monotonic()
            if len(entries) >= wanted:
                failing_since = failing_since or now
                if now - failing_since > FAILED_PROBE_SECONDS:
                    operation.warn(
                        f"the group {group} has joined, but the probe of {len(entries) - healthy} of its instances "
                        "fails, and nobody calls those"
                    )
                    return
            else:
                failing_since = None
            if now > deadline or operation.cancelled.is_set():
                raise PartialFailure(group, inputs, [_late(group, wanted, len(entries), inputs)], inputs)
            operation.cancelled.wait(PAUSE_SECONDS)


def _late(group: str, wanted: int, there: int, inputs: Properties) -> str:
    seconds = float(inputs["waitSeconds"])
    return (
        f"the group {group} has {there} of {wanted} instances in the mesh after {seconds:.0f} s. The others say why on "
        "their serial consoles: `gcloud compute instances get-serial-port-output <instance>`. They go on trying, and "
        "`pulumi up` waits anew"
    )
