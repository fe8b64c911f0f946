"""What joins of instances have in common: the instances join by themselves; meshx waits for them and drains them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar

from meshx.cluster.cluster_client import ClusterError
from meshx.cluster.registration import take_out_of_service
from meshx.plugin_base.custom_resource import CheckFailure, Operation
from meshx.plugin_base.property_values import Properties
from meshx.provider.cluster_resource import ClusterResource

DEFAULTS: Properties = {"drainSeconds": 5, "waitSeconds": 900}
FAILED_PROBE_SECONDS = 60.0
"""How long probes of connected instances may fail before a join counts as done and reports the failure: the programs
that serve there may start only after the join."""


class SelfJoin(ClusterResource):
    """A join without a delivery; `required` are its inputs without a default, the first of them its id."""

    required: ClassVar[Sequence[str]]

    @abstractmethod
    def await_part(self, resource_id: str, inputs: Properties, operation: Operation) -> None:
        """Wait until istiod says that the instances of these inputs take part. Raises PartialFailure, ClusterError."""

    def check(
        self, news: Properties, olds: Properties | None, operation: Operation
    ) -> tuple[Properties, Sequence[CheckFailure]]:
        """Fill in defaults and name what is missing."""
        inputs = {**DEFAULTS, **news}
        return inputs, [CheckFailure(name, "is missing") for name in self.required if name not in inputs]

    def create(self, news: Properties, operation: Operation) -> tuple[str, Properties]:
        """Wait until it is in the mesh."""
        resource_id = str(news[self.required[0]])
        if not operation.preview:
            self.await_part(resource_id, news, operation)
        return resource_id, news

    def update(
        self, resource_id: str, olds: Properties, old_inputs: Properties, news: Properties, operation: Operation
    ) -> Properties:
        """Wait until it is in the mesh as these inputs say."""
        if not operation.preview:
            self.await_part(resource_id, news, operation)
        return news

    def drain(
        self, resource_id: str, inputs: Properties, operation: Operation, entries: Callable[[], Iterable[str]]
    ) -> None:
        """Tell the callers of these entries, and give them time to leave; a cluster that is gone stops nothing."""
        try:
            told = [take_out_of_service(self._cluster, str(inputs["namespace"]), name) for name in list(entries())]
        except ClusterError as error:
            operation.warn(f"{resource_id} leaves without its callers being told: {error}")
            return
        if any(told):
            operation.cancelled.wait(float(inputs["drainSeconds"]))
