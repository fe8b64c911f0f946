"""The resource `meshx:index:RootsOnMachines`: a note in Secret `cacerts` of the roots that all machines over SSH have.

Inputs: `namespace` of the control plane; `root`, all roots as one PEM text; `state`, "in place". Outputs: the inputs.
It depends on all Joins, so the note is written only after a run that brought the roots to every machine. The second
step of a change of roots needs it (meshx/cluster/trust/next_step.py).
"""

from __future__ import annotations

from meshx.cluster.cluster_client import ClusterError
from meshx.cluster.cluster_objects import NOT_FOUND, found, merge
from meshx.cluster.trust.on_machines import ON_MACHINES, note_of, noted
from meshx.cluster.trust.present_trust import secret_path
from meshx.config.values.certificates import fingerprint, read_certificates
from meshx.istio.root_certificate import PLUGGED_SECRET
from meshx.join.states import IN_PLACE
from meshx.plugin_base.custom_resource import Diff, Operation, Read, ResourceError
from meshx.plugin_base.property_diff import compare
from meshx.plugin_base.property_values import Properties
from meshx.provider.cluster_resource import ClusterResource


class RootsOnMachines(ClusterResource):
    """The note. `configuration` is the provider's: `kubeconfigFile`, `context`."""

    def diff(
        self, resource_id: str, olds: Properties, old_inputs: Properties, news: Properties, operation: Operation
    ) -> Diff:
        """Compare with the state."""
        return compare(old_inputs, news)

    def create(self, news: Properties, operation: Operation) -> tuple[str, Properties]:
        """Note it."""
        return f"{news['namespace']}/{PLUGGED_SECRET}", self.update("", news, news, news, operation)

    def update(
        self, resource_id: str, olds: Properties, old_inputs: Properties, news: Properties, operation: Operation
    ) -> Properties:
        """Note it."""
        if not operation.preview:
            change = {"metadata": {"annotations": {ON_MACHINES: note_of(read_certificates(news["root"].encode()))}}}
            place = f"{news['namespace']}/{PLUGGED_SECRET}"
            doing = f"noting in Secret {place} that all machines have the roots"
            try:
                merge(self._cluster, secret_path(str(news["namespace"])), change, doing)
            except ClusterError as error:
                if error.status != NOT_FOUND:
                    raise
                raise ResourceError(
                    f"{doing}: the Secret is gone, which has the mesh's authority. `pulumi up --refresh` makes it anew"
                ) from None
        return news

    def read(self, resource_id: str, inputs: Properties, state: Properties, operation: Operation) -> Read:
        """Look whether the note is there: it goes with the Secret, when somebody else deletes that."""
        if not inputs:
            return Read("")
        try:
            secret = found(self._cluster, secret_path(str(inputs["namespace"])))
        except ClusterError as error:
            operation.warn(f"the note of roots on machines was not looked at, its last state stays: {error}")
            return Read(resource_id, inputs, state)
        there = noted(secret) == {fingerprint(root) for root in read_certificates(inputs["root"].encode())}
        words = IN_PLACE if there else "the Secret lacks the note"
        return Read(resource_id, {**inputs, "state": words}, {**state, "state": words})

    def delete(self, resource_id: str, olds: Properties, old_inputs: Properties, operation: Operation) -> None:
        """Nothing: the note goes with the Secret."""
