"""The resource `meshx:index:DnsStub`: a domain that the cluster's DNS forwards to given servers.

Inputs: `domain`, `servers` (addresses, perhaps with a port), `kind` ("auto", "coredns" or "kube-dns"), `owner` (the
value of the stack's owner label). Outputs: the inputs, `servedBy` ("coredns" or "kube-dns"), `configMap`
(`namespace/name`), and `madeConfigMap`: whether there was none before. None of it is secret.

The ConfigMap belongs to others: meshx puts in, changes and takes out only its own part, whatever they change around it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from meshx.cluster.cluster_client import ClusterError
from meshx.cluster.dns.cluster_dns import (
    NAMESPACE,
    DnsConfig,
    change_config,
    config_map_name,
    forward_in,
    put_forward,
    read_config,
    remove_if_empty,
    serving_dns,
    take_forward,
    zones_of_others,
)
from meshx.cluster.dns.corefile import DnsForward, reloads
from meshx.cluster.dns.corefile_syntax import CorefileError
from meshx.cluster.dns.node_local_cache import unheard_by_cache
from meshx.plugin_base.custom_resource import CheckFailure, Diff, Operation, Read, ResourceError
from meshx.plugin_base.property_diff import compare, unknown_outputs
from meshx.plugin_base.property_values import UNKNOWN, Properties
from meshx.provider.cluster_resource import ClusterResource

REQUIRED = ("domain", "servers", "owner")
FOUND_OUTPUTS = ("servedBy", "configMap", "madeConfigMap")


class DnsStub(ClusterResource):
    """A forwarded domain. ``configuration`` is the provider's: ``kubeconfigFile``, ``context``."""

    def check(
        self, news: Properties, olds: Properties | None, operation: Operation
    ) -> tuple[Properties, Sequence[CheckFailure]]:
        """Fill in the kind and name what is missing."""
        inputs = {"kind": "auto", **news}
        return inputs, [CheckFailure(name, "is missing") for name in REQUIRED if name not in inputs]

    def diff(
        self, resource_id: str, olds: Properties, old_inputs: Properties, news: Properties, operation: Operation
    ) -> Diff:
        """Compare the inputs; whatever changes is changed in place."""
        return compare(old_inputs, news)

    def create(self, news: Properties, operation: Operation) -> tuple[str, Properties]:
        """Put the part in; a preview checks that this is possible."""
        kind = self._kind(news)
        before = read_config(self._cluster, kind)
        if operation.preview:
            # Whether there is a place for it does not depend on the servers, which may be known only later.
            put_forward(kind, before, DnsForward(news["domain"], (), news["owner"]))
            operation.inform(f"{kind} in {config_map_name(kind)} will forward {news['domain']}; all else in it stays")
            self._tell(kind, before, news, operation)
            return "", news | unknown_outputs(FOUND_OUTPUTS)
        self._put(kind, news, operation)
        self._tell(kind, before, news, operation)
        return operation.name, {**news, **_outputs(kind, made=not before.version)}

    def read(self, resource_id: str, inputs: Properties, state: Properties, operation: Operation) -> Read:
        """Look up the servers that the domain is forwarded to; gone if our part is gone."""
        if not inputs:
            return Read("")
        try:
            kind = state["servedBy"]
            servers = forward_in(kind, read_config(self._cluster, kind), inputs["domain"], inputs["owner"])
        except Exception as error:
            # Whatever it is: it must not fail the refresh of everything else.
            operation.warn(f"{resource_id} was not looked at, its last state stays: {error}")
            return Read(resource_id, inputs, state)
        if servers is None:
            return Read("")
        found = {**inputs, "servers": list(servers)}
        return Read(resource_id, found, {**state, **found})

    def update(
        self, resource_id: str, olds: Properties, old_inputs: Properties, news: Properties, operation: Operation
    ) -> Properties:
        """Change the part in place; if the domain or the kind of DNS server changes, move it."""
        if operation.preview:
            return {**olds, **news}
        kind, former = self._kind(news), str(olds["servedBy"])
        self._tell(kind, read_config(self._cluster, kind), news, operation)
        if former == kind:
            self._put(kind, news, operation, instead_of=olds)
            return {**news, **_outputs(kind, made=bool(olds.get("madeConfigMap")))}
        made = self._put(kind, news, operation)
        self._take(former, olds)
        return {**news, **_outputs(kind, made=made)}

    def delete(self, resource_id: str, olds: Properties, old_inputs: Properties, operation: Operation) -> None:
        """Take the part out. It is no error if the part is gone already."""
        self._take(str(olds["servedBy"]), olds)

    def _kind(self, inputs: Properties) -> str:
        return serving_dns(self._cluster) if inputs["kind"] == "auto" else str(inputs["kind"])

    def _put(self, kind: str, inputs: Properties, operation: Operation, instead_of: Properties | None = None) -> bool:
        """Write the part and remove a former one in one write; tell whether the ConfigMap is new."""
        before = read_config(self._cluster, kind)

        def change(config: DnsConfig) -> DnsConfig:
            if instead_of is not None and _place(instead_of) != _place(inputs):
                config = take_forward(kind, config, *_place(instead_of))
            return put_forward(kind, config, _forward(inputs))

        change_config(self._cluster, kind, change)
        if kind == "coredns" and not _reloads(before.text):
            operation.warn(
                "CoreDNS does not look for changes of its file (no plugin `reload`), so it forwards the domain from "
                f"its next start on: kubectl -n {NAMESPACE} rollout restart deployment coredns"
            )
        return not before.version

    def _tell(self, kind: str, config: DnsConfig, inputs: Properties, operation: Operation) -> None:
        """Warn of names that pods still cannot look up, or find elsewhere."""
        # In a preview the servers may be known only later.
        stated = cast("list[object]", inputs["servers"]) if isinstance(inputs["servers"], list) else []
        servers = [one for one in stated if isinstance(one, str) and one != UNKNOWN]
        domain = inputs["domain"]
        for warning in (
            zones_of_others(kind, config, domain, servers),
            unheard_by_cache(self._cluster, kind, domain, servers),
        ):
            if warning:
                operation.warn(warning)

    def _take(self, kind: str, state: Properties) -> None:
        try:
            change_config(self._cluster, kind, lambda config: take_forward(kind, config, *_place(state)))
            if state.get("madeConfigMap"):
                remove_if_empty(self._cluster, kind)
        except ClusterError:
            raise
        except ResourceError as error:
            raise ResourceError(
                f"{error}. Take the block of {state['domain']} out by hand, then forget it: `pulumi state delete`"
            ) from None


def _forward(inputs: Properties) -> DnsForward:
    return DnsForward(inputs["domain"], tuple(inputs["servers"]), inputs["owner"])


def _place(state: Properties) -> tuple[str, str]:
    return state["domain"], state["owner"]


def _outputs(kind: str, made: bool) -> Properties:
    return {"servedBy": kind, "configMap": config_map_name(kind), "madeConfigMap": made}


def _reloads(text: str) -> bool:
    try:
        return reloads(text)
    except CorefileError:
        return True
