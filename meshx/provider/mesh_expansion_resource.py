"""The resource `meshx:index:MeshExpansion`: what machines of Istio 1.1 to 1.4 need in the cluster, found or completed.

Inputs: `namespace` of the control plane; `objects: [{apiVersion, kind, name, content}]` that must be there and
`unexpected: [{apiVersion, kind, name}]` that should not; `deployments` to wait for, `waitSeconds` at most;
`labels` of what is made, with the owner's; `gateway: {name, namespace, ports: {name: port}}`, the Service whose ports
to open, {} if they are open; `remedy`, what to do if something differs; `state`, "in place".
Outputs: the inputs, `made`: this stack's objects, as `Kind name`, and `opened`: the ports that it opened. None of it is
secret.

It makes what is missing. It compares what others made and reports differences, but never overwrites it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from meshx.cluster.cluster_client import Cluster, ClusterError
from meshx.cluster.cluster_objects import NOT_FOUND, create, found, part, remove
from meshx.cluster.expansion_differences import differences
from meshx.cluster.gateway_ports import GatewayPorts
from meshx.cluster.marking import mark_anew
from meshx.cluster.ownership import OWNER_LABEL, owner_of
from meshx.control_plane.expansion_found import differing, found_object, list_path, missing, title
from meshx.join.states import IN_PLACE
from meshx.plugin_base.custom_resource import Diff, Operation, Read, ResourceError
from meshx.plugin_base.property_diff import compare, unknown_outputs
from meshx.plugin_base.property_values import Properties
from meshx.plugin_base.waiting import Wait
from meshx.provider.cluster_resource import ClusterResource


class MeshExpansion(ClusterResource):
    """Waits for the control plane, compares the objects with what they must be, and makes missing ones.

    `configuration` is the provider's: `kubeconfigFile`, `context`.
    """

    def diff(
        self, resource_id: str, olds: Properties, old_inputs: Properties, news: Properties, operation: Operation
    ) -> Diff:
        """Compare the inputs; a refresh has written to `state` what was not in place."""
        return compare(old_inputs, news, replace_on=("namespace",))

    def create(self, news: Properties, operation: Operation) -> tuple[str, Properties]:
        """Wait for the control plane and make what it needs."""
        if operation.preview:
            return "", news | unknown_outputs(("made", "opened"))
        return operation.name, self._brought_about(news, {}, operation)

    def update(
        self, resource_id: str, olds: Properties, old_inputs: Properties, news: Properties, operation: Operation
    ) -> Properties:
        """Make what is wanted now; delete this stack's objects that are not wanted any more."""
        if operation.preview:
            return news | unknown_outputs(("made", "opened"))
        self._mark_anew(old_inputs, olds, news)
        wanted = {title(one) for one in news["objects"]}
        for one in old_inputs["objects"]:
            if title(one) not in wanted:
                self._remove_own(one, news)
        return self._brought_about(news, olds, operation)

    def read(self, resource_id: str, inputs: Properties, state: Properties, operation: Operation) -> Read:
        """Compare again; if the cluster does not answer, the last state stays."""
        if not inputs:
            return Read("")
        try:
            problems = [
                *_unready(self._cluster, inputs),
                *missing(self._cluster, inputs["namespace"], inputs["objects"]),
                *differing(self._cluster, inputs["namespace"], inputs["objects"]),
                *(
                    f"port {port} of the gateway is closed"
                    for port in GatewayPorts(self._cluster).closed(inputs["gateway"]).values()
                ),
            ]
        except ClusterError as error:
            operation.warn(f"mesh expansion was not looked at, its last state stays: {error}")
            return Read(resource_id, inputs, state)
        seen = {**inputs, "state": "; ".join(problems) or IN_PLACE}
        return Read(resource_id, seen, {**state, **seen})

    def delete(self, resource_id: str, olds: Properties, old_inputs: Properties, operation: Operation) -> None:
        """Remove what this stack made; what the chart or others made goes with them."""
        for one in old_inputs["objects"]:
            self._remove_own(one, old_inputs)
        GatewayPorts(self._cluster).close(old_inputs["gateway"], olds.get("opened") or [])

    def _brought_about(self, news: Properties, olds: Properties, operation: Operation) -> Properties:
        self._await_deployments(news, operation)
        before: list[float] = olds.get("opened") or []
        opened = sorted({*map(int, before), *GatewayPorts(self._cluster).open(news["gateway"])})
        own: list[str] = []
        for one in news["objects"]:
            there = self._found(one, news)
            if there is not None and self._is_own(there, news) and differences(one["content"], there):
                self._remove_own(one, news)
                there = None
            if there is None:
                self._make(one, news)
            if there is None or self._is_own(there, news):
                own.append(title(one))
        state = {**news, "made": own, "opened": opened}
        for one in news["unexpected"]:
            if self._found(one, news) is not None:
                operation.warn(
                    f"{title(one)} is in {news['namespace']}, and a mesh of a single network has no use for it: it is "
                    "left from gateways to other networks"
                )
        if problems := list(differing(self._cluster, news["namespace"], news["objects"])):
            told = "\n".join(f"  {one}" for one in problems)
            operation.warn(
                f"what others made for mesh expansion is not what it is known to be, and stays:\n{told}\nIf machines "
                f"do not join, put it right: {news['remedy']}"
            )
        if own:
            operation.inform(f"made by this stack, since the chart has none: {', '.join(own)}")
        return state

    def _await_deployments(self, news: Properties, operation: Operation) -> None:
        wait = Wait(operation.cancelled, float(news["waitSeconds"]))
        while unready := list(_unready(self._cluster, news)):
            if not wait.pause():
                raise ResourceError(
                    f"the control plane is not ready after {float(news['waitSeconds']):.0f} s: {'; '.join(unready)}. "
                    f"See `kubectl -n {news['namespace']} get pods`, and meshx:mesh.gateway.timeoutSeconds"
                )

    def _found(self, one: Mapping[str, Any], news: Properties) -> dict[str, Any] | None:
        return found_object(self._cluster, news["namespace"], one)

    def _make(self, one: Mapping[str, Any], news: Properties) -> None:
        metadata = {"name": one["name"], "namespace": news["namespace"], "labels": news["labels"]}
        content = {"apiVersion": one["apiVersion"], "kind": one["kind"], "metadata": metadata, **one["content"]}
        try:
            create(self._cluster, list_path(news["namespace"], one), content, f"making {title(one)}")
        except ClusterError as error:
            if error.status != NOT_FOUND:
                raise
            raise ResourceError(
                f"the cluster knows no {one['kind']} of {one['apiVersion']}: Istio's definitions are missing, which "
                f"the jobs of release istio-init make. See `kubectl -n {news['namespace']} get jobs`"
            ) from None

    @staticmethod
    def _is_own(there: Mapping[str, Any], news: Properties) -> bool:
        """Whether this stack made it, in this run or in a killed one."""
        return owner_of(there) == news["labels"][OWNER_LABEL]

    def _mark_anew(self, old_inputs: Properties, olds: Properties, news: Properties) -> None:
        """Put this stack's present mark on what it made with another one."""
        former, mark = old_inputs["labels"][OWNER_LABEL], news["labels"][OWNER_LABEL]
        for one in old_inputs["objects"] if former != mark else ():
            there = self._found(one, old_inputs) if title(one) in (olds.get("made") or ()) else None
            if there is not None and owner_of(there) == former:
                path = f"{list_path(old_inputs['namespace'], one)}/{one['name']}"
                mark_anew(self._cluster, path, mark, title(one))

    def _remove_own(self, one: Mapping[str, Any], news: Properties) -> None:
        there = self._found(one, news)
        if there is not None and self._is_own(there, news):
            remove(self._cluster, f"{list_path(news['namespace'], one)}/{one['name']}")


def _unready(cluster: Cluster, news: Properties) -> Iterator[str]:
    for name in news["deployments"]:
        deployment = found(cluster, f"/apis/apps/v1/namespaces/{news['namespace']}/deployments/{name}")
        if deployment is None:
            yield f"Deployment {name} is missing"
        elif not part(deployment, "status").get("availableReplicas"):
            yield f"Deployment {name} has no pod that is ready"
