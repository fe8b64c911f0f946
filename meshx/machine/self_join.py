"""What the joins of instances have in common: they join by themselves, and are waited for and drained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from meshx.cluster.cluster_client import Cluster
from meshx.plugin_base.custom_resource import CheckFailure, Operation, Resource
from meshx.plugin_base.property_values import Properties

DEFAULTS: Properties = {"drainSeconds": 5, "waitSeconds": 900}


class SelfJoin(Resource):
    """A join that nobody delivers; `required` are its inputs without a default."""

    required: ClassVar[Sequence[str]]

    def __init__(self, configuration: Properties) -> None:
        self._cluster = Cluster(configuration.get("kubeconfigFile"), configuration.get("context"))

    def check(
        self, news: Properties, olds: Properties | None, operation: Operation
    ) -> tuple[Properties, Sequence[CheckFailure]]:
        """Fill in defaults and name what is missing."""
        inputs = {**DEFAULTS, **news}
        return inputs, [CheckFailure(name, "is missing") for name in self.required if name not in inputs]
