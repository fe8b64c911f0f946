"""The resource ``meshx:index:Wave``: a gate between the Joins of one wave of machines and those of the next.

Inputs: see meshx/rollout/wave_inputs.py; outputs are the inputs. The gate is held if sidecars of its machines
restarted. New machines have nothing to restart, unless they come over from a former mesh, or are new in this wave
alone. If a machine does not hold, it goes back (meshx/machine/proving/held_wave.py), and the engine leaves all that
depends on the gate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from meshx.cluster.cluster_client import former_cluster_of
from meshx.config.values.connection_limit import MAX_CONNECTIONS
from meshx.machine.proving.held_wave import hold
from meshx.machine.ssh import loop
from meshx.machine.ssh.keys import PrivateKey
from meshx.machine.surroundings import Surroundings
from meshx.plugin_base.custom_resource import CheckFailure, Diff, Operation, Read
from meshx.plugin_base.property_diff import compare, has_unknown
from meshx.plugin_base.property_values import Properties
from meshx.provider.cluster_resource import ClusterResource
from meshx.rollout.wave_inputs import restarting

REQUIRED = ("wave", "of", "pauseSeconds", "machines")


class Wave(ClusterResource):
    """A wave. ``configuration`` is the provider's, as the Join's."""

    def __init__(self, configuration: Properties) -> None:
        super().__init__(configuration)
        self._key = PrivateKey.of(configuration)
        self._max_connections = int(configuration.get("sshMaxConnections") or MAX_CONNECTIONS)
        self._max_unavailable = int(configuration.get("maxUnavailable") or 0)
        self._come_over = former_cluster_of(configuration) is not None

    def check(
        self, news: Properties, olds: Properties | None, operation: Operation
    ) -> tuple[Properties, Sequence[CheckFailure]]:
        """Name what is missing."""
        return news, [CheckFailure(name, "is missing") for name in REQUIRED if name not in news]

    def diff(
        self, resource_id: str, olds: Properties, old_inputs: Properties, news: Properties, operation: Operation
    ) -> Diff:
        """Compare what its machines run with, and who they are; how they are reached is no difference."""
        return compare(_plan(old_inputs), _plan(news))

    def create(self, news: Properties, operation: Operation) -> tuple[str, Properties]:
        """Hold the gate for machines that come over, or that an update restarted; others join, and serve nobody yet."""
        self._gate({"machines": {}}, news, operation)
        return operation.name, news

    def read(self, resource_id: str, inputs: Properties, state: Properties, operation: Operation) -> Read:
        """There is nothing to look at but the machines, at which their Joins look."""
        return Read(resource_id, inputs, state) if inputs else Read("")

    def update(
        self, resource_id: str, olds: Properties, old_inputs: Properties, news: Properties, operation: Operation
    ) -> Properties:
        """Hold the gate for those of its machines that restarted; a preview says who they are."""
        self._gate(old_inputs, news, operation)
        return news

    def _gate(self, before: Properties, news: Properties, operation: Operation) -> None:
        if has_unknown(news["machines"]):
            names = sorted(_names(news) - _names(before)) if self._come_over else []
        else:
            restarted = {name for name, planned in self._cluster.api.restarted if planned == operation.preview}
            names = restarting(before, news, restarted, new_too=self._come_over)
        if operation.preview:
            if names:
                holds = f"hold for {news['pauseSeconds']:.0f} s" if news["pauseSeconds"] >= 1 else "serve"
                operation.inform(
                    f"wave {news['wave']:.0f} of {news['of']:.0f} restarts the sidecars of {', '.join(names)}, which "
                    f"then have to {holds}"
                )
        elif names:
            around = Surroundings(self._key, self._cluster, operation, self._max_connections, self._max_unavailable)
            loop.run(hold(news, names, around))

    def delete(self, resource_id: str, olds: Properties, old_inputs: Properties, operation: Operation) -> None:
        """Nothing: its machines leave by their Joins."""


def _names(inputs: Properties) -> set[str]:
    """All that is known of the machines of a mesh that is still to be made; none if even that is not."""
    machines = inputs["machines"]
    return set(cast("Mapping[str, Any]", machines)) if isinstance(machines, Mapping) else set()


def _plan(inputs: Properties) -> Properties:
    if has_unknown(inputs["machines"]):
        return inputs
    machines = {name: machine["restartsFor"] for name, machine in inputs["machines"].items()}
    return {**inputs, "machines": machines}
