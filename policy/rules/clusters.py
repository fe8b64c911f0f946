"""A stack is tied to the one cluster that is its own, whatever the context in its file leads to."""

from __future__ import annotations

from collections.abc import Iterator

from policy.rules.rule import Resource, ResourceRule, Settings

PLUGIN = "pulumi:providers:meshx"
"""What the program asks first whose cluster it is (meshx/stack/providers.py)."""


def not_known(resource: Resource, _settings: Settings) -> Iterator[str]:
    """Whether the stack would be applied to any cluster that its context leads to."""
    if resource.type == PLUGIN and not resource.at("clusterUid"):
        yield (
            "the cluster is known by its context alone, which may come to lead to another environment's. Write "
            "clusterUid in meshx:environment: what `kubectl get namespace kube-system -o jsonpath={.metadata.uid}` "
            "prints"
        )


RULE = ResourceRule(
    "cluster-known-by-uid",
    "The stack says which cluster is its own by that one's UID, and is applied to no other.",
    not_known,
)
