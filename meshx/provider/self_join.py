"""What the joins of instances have in common: they join by themselves, and are waited for and drained."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar

from meshx.cluster.cluster_client import Cluster, ClusterError, cluster_of
from meshx.cluster.registration import take_out_of_service
from meshx.plugin_base.custom_resource import CheckFailure, Operation, Resource
from meshx.plugin_base.property_values import Properties

DEFAULTS: Properties = {"drainSeconds": 5, "waitSeconds": 900}
FAILED_PROBE_SECONDS = 60.0
"""How long probes of connected instances may fail before a join counts as done and the failure is told: what serves on
them may be started after they have joined."""


class SelfJoin(Resource):
    """A join that nobody delivers; `required` are its inputs without a default, the first of them its id."""

    required: ClassVar[Sequence[str]]

    def __init__(self, configuration: Properties) -> None:
        self._cluster = cluster_of(configuration)

    @abstractmethod
    def await_part(self, resource_id: str, inputs: Properties, cluster: Cluster, operation: Operation) -> None:
        """Wait until istiod says that what these inputs name takes part. Raises PartialFailure, ClusterError."""

    def check(
        self, news: Properties, olds: Properties | None, operation: Operation
    ) -> tuple[Properties, Sequence[CheckFailure]]:
        """Fill in defaults and name what is missing."""
        inputs = {**DEFAULTS, **news}
        return inputs, [CheckFailure(name, "is missing") for name in self.required if name not in inputs]

    def create(self, news: Properties, operation: Operation) -> tuple[str, Properties]:
        """Wait for it to take part."""
        resource_id = str(news[self.required[0]])
        if not operation.preview:
            self.await_part(resource_id, news, self._cluster.patient(operation), operation)
        return resource_id, news

    def update(
        self, resource_id: str, olds: Properties, old_inputs: Properties, news: Properties, operation: Operation
    ) -> Properties:
        """Wait for it to take part as it is to do now."""
        if not operation.preview:
            self.await_part(resource_id, news, self._cluster.patient(operation), operation)
        return news

    def drain(
        self, resource_id: str, inputs: Properties, operation: Operation, entries: Callable[[Cluster], Iterable[str]]
    ) -> None:
        """Tell the callers of these entries, and give them time to go elsewhere; a cluster that is gone keeps none."""
        cluster = self._cluster.patient(operation)
        try:
            told = [take_out_of_service(cluster, str(inputs["namespace"]), name) for name in list(entries(cluster))]
        except ClusterError as error:
            operation.warn(f"{resource_id} leaves without its callers being told: {error}")
            return
        if any(told):
            operation.cancelled.wait(float(inputs["drainSeconds"]))
