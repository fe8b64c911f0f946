"""A stack is tied to its own cluster, whatever cluster the context in its file leads to."""

from __future__ import annotations

from collections.abc import Iterator

from meshx_policy.rules.rule import Resource, ResourceRule, Settings

PLUGIN = "pulumi:providers:meshx"
"""The plugin that checks the cluster's UID first (meshx/stack/providers.py)."""


def not_known(resource: Resource, _settings: Settings) -> Iterator[str]:
    """Whether the stack would be applied to any cluster that its context leads to."""
    if resource.type == PLUGIN and not resource.at("clusterUid"):
        yield (
            "only its context identifies the cluster, and a context may later lead to another environment's cluster. "
            "Write clusterUid in meshx:environment: the output of `kubectl get namespace kube-system -o "
            "jsonpath={.metadata.uid}`"
        )


RULE = ResourceRule(
    "cluster-known-by-uid",
    "The stack names its cluster by UID, and applies to no other.",
    not_known,
)
