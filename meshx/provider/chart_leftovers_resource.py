"""The resource `meshx:index:ChartRemains`: removes at the very end what Istio's charts would leave behind.

The stack makes it before the whole control plane, so that it knows what was there already, and deletes it last.

Inputs: `release: {name, namespace}`, whose definitions it handles; `configMaps`: the names that istiod writes
into every namespace; `madeByJobs`: whether jobs of that release make its definitions, as on the classic line.
Outputs: the inputs, and `definitionsBefore`, `configMapsBefore` (`namespace/name`): what was there before this stack.
All are plain and not secret.
"""

from __future__ import annotations

from collections.abc import Iterable

from meshx.cluster.chart_leftovers_search import (
    all_definitions,
    config_maps_of_istiod,
    control_planes,
    definitions_of,
    definitions_path,
    istiod_pods,
    object_of,
    pods_with,
)
from meshx.cluster.cluster_client import NOT_ALLOWED, ClusterError
from meshx.cluster.cluster_objects import found, remove
from meshx.plugin_base.custom_resource import Diff, Operation, ResourceError
from meshx.plugin_base.property_diff import compare, unknown_outputs
from meshx.plugin_base.property_values import Properties
from meshx.plugin_base.waiting import Wait
from meshx.provider.cluster_resource import ClusterResource

FOUND_OUTPUTS = ("definitionsBefore", "configMapsBefore")
GONE_SECONDS = 60.0
"""How long istiod's pods, and definitions, may take to end."""


class ChartLeftovers(ClusterResource):
    """Removes what this stack brought and nobody uses; reports the rest, with the reason.

    `configuration` is the provider's: `kubeconfigFile`, `context`.
    """

    def diff(
        self, resource_id: str, olds: Properties, old_inputs: Properties, news: Properties, operation: Operation
    ) -> Diff:
        """Compare the inputs; what was there before stays recorded."""
        return compare(old_inputs, news)

    def create(self, news: Properties, operation: Operation) -> tuple[str, Properties]:
        """Note what is there already."""
        if operation.preview:
            config_maps = f" and the ConfigMaps {', '.join(news['configMaps'])} of every namespace"
            operation.inform(
                f"destroy will take away the definitions of release {news['release']['name']}"
                f"{config_maps if news['configMaps'] else ''}, where they are new and nobody uses them any more"
            )
            return "", news | unknown_outputs(FOUND_OUTPUTS)
        return operation.name, {
            **news,
            "definitionsBefore": all_definitions(self._cluster),
            "configMapsBefore": config_maps_of_istiod(self._cluster, news["configMaps"]),
        }

    def update(
        self, resource_id: str, olds: Properties, old_inputs: Properties, news: Properties, operation: Operation
    ) -> Properties:
        """Take the new inputs."""
        return {**olds, **news}

    def delete(self, resource_id: str, olds: Properties, old_inputs: Properties, operation: Operation) -> None:
        """Remove what nobody uses, and list what stays. Without the right to look it says so and removes nothing."""
        try:
            self._take_away(olds, operation)
        except ClusterError as error:
            if error.status not in NOT_ALLOWED:
                raise
            operation.warn(f"{error}\nWhat Istio's charts keep therefore stays in the cluster")

    def _take_away(self, state: Properties, operation: Operation) -> None:
        # A state of an earlier meshx has no such key.
        by_jobs = bool(state.get("madeByJobs"))
        definitions = definitions_of(self._cluster, state["release"], by_jobs)
        config_maps = config_maps_of_istiod(self._cluster, state["configMaps"])
        new_definitions = [name for name in definitions if name not in state["definitionsBefore"]]
        new_config_maps = [name for name in config_maps if name not in state["configMapsBefore"]]
        stays = {
            **_each("CustomResourceDefinition", definitions, "was there before this stack"),
            **_each("ConfigMap", config_maps, "was there before this stack"),
        }
        if others := self._others(operation):
            in_use = f"is served by {', '.join(others)}"
            stays |= _each("CustomResourceDefinition", new_definitions, in_use)
            stays |= _each("ConfigMap", new_config_maps, in_use)
            removed: list[str] = []
        else:
            objects = {name: object_of(self._cluster, name, by_jobs) for name in new_definitions}
            pods = pods_with(self._cluster, new_config_maps)
            kept = {
                f"CustomResourceDefinition {name}": f"has objects, {one} for one"
                for name, one in objects.items()
                if one
            }
            kept |= {f"ConfigMap {name}": f"is mounted by pod {pod}" for name, pod in pods.items()}
            self._remove_definitions([name for name, one in objects.items() if not one], operation)
            self._remove_config_maps([name for name in new_config_maps if name not in pods])
            new = [*_each("CustomResourceDefinition", new_definitions, ""), *_each("ConfigMap", new_config_maps, "")]
            removed = [name for name in new if name not in kept]
            stays = {name: reason for name, reason in stays.items() if name not in new} | kept
        _tell(operation, removed, stays)

    def _others(self, operation: Operation) -> list[str]:
        """What else serves the cluster; this stack's istiod writes its ConfigMaps until its last pod has ended."""
        wait = Wait(operation.cancelled, GONE_SECONDS)
        while True:
            serving = control_planes(self._cluster)
            pods = [f"pod {name}" for name in istiod_pods(self._cluster)]
            if serving or not pods:
                return serving
            if not wait.pause():
                return pods

    def _remove_definitions(self, names: Iterable[str], operation: Operation) -> None:
        paths = {name: f"{definitions_path(self._cluster)}/{name}" for name in names}
        for path in paths.values():
            remove(self._cluster, path)
        wait = Wait(operation.cancelled, GONE_SECONDS, most=1.0)
        for name, path in paths.items():
            while found(self._cluster, path) is not None:
                if not wait.pause():
                    raise ResourceError(
                        f"CustomResourceDefinition {name} is being deleted but is not gone after {GONE_SECONDS:.0f} s: "
                        "see its finalizers, then run destroy again"
                    )

    def _remove_config_maps(self, names: Iterable[str]) -> None:
        for namespace, _, name in (full.partition("/") for full in names):
            remove(self._cluster, f"/api/v1/namespaces/{namespace}/configmaps/{name}")


def _each(kind: str, names: Iterable[str], reason: str) -> dict[str, str]:
    return {f"{kind} {name}": reason for name in names}


def _tell(operation: Operation, removed: list[str], stays: dict[str, str]) -> None:
    if removed:
        operation.inform("taken away:\n" + "\n".join(f"  {name}" for name in removed))
    if stays:
        operation.warn("stays in the cluster:\n" + "\n".join(f"  {name}: {reason}" for name, reason in stays.items()))
