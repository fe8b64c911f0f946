"""The resource ``meshx:index:Revocation``: a machine that the mesh refuses.

    machine, namespace: str         its name in the stack, and its workload's namespace
    workloadEntries: [str]          the names that its WorkloadEntry may have

Outputs: the inputs. It takes the entries away at once: the engine itself deletes what a stack no longer has at the end
of a run, after other machines have joined again. Nobody logs in to the machine.
"""

from __future__ import annotations

from meshx.cluster.cluster_objects import remove
from meshx.cluster.registration import entries_path
from meshx.plugin_base.custom_resource import Diff, Operation
from meshx.plugin_base.property_diff import compare
from meshx.plugin_base.property_values import Properties
from meshx.provider.cluster_resource import ClusterResource


class Revocation(ClusterResource):
    """Takes a machine's entries away."""

    def diff(
        self, resource_id: str, olds: Properties, old_inputs: Properties, news: Properties, operation: Operation
    ) -> Diff:
        """Compare with the state."""
        return compare(old_inputs, news)

    def create(self, news: Properties, operation: Operation) -> tuple[str, Properties]:
        """Take them away."""
        self._take_away(news, operation)
        return str(news["machine"]), news

    def update(
        self, resource_id: str, olds: Properties, old_inputs: Properties, news: Properties, operation: Operation
    ) -> Properties:
        """Take them away, with those of further generations."""
        self._take_away(news, operation)
        return news

    def delete(self, resource_id: str, olds: Properties, old_inputs: Properties, operation: Operation) -> None:
        """Nothing: what refuses its identity stays."""

    def _take_away(self, inputs: Properties, operation: Operation) -> None:
        if operation.preview:
            return
        for name in inputs["workloadEntries"]:
            remove(self._cluster, f"{entries_path(str(inputs['namespace']))}/{name}")
