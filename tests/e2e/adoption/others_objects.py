"""The cluster's objects with what their owners wrote in them: nobody else may change or remove them."""

from __future__ import annotations

import json

from tests.e2e.stack import cluster_listing

PASSING = {
    "pods": "come and go with their deployments",
    "replicasets.apps": "the deployments' own",
    "controllerrevisions.apps": "the controllers' own",
    "workloadentries.networking.istio.io": "of machines that register themselves: made and removed by istiod",
}
LEADER = "control-plane.alpha.kubernetes.io/leader"
"""An annotation that whoever leads renews every few seconds."""


def listing() -> dict[str, str]:
    """The objects by `<resource>.<group> <namespace>/<name>`, without those that PASSING names."""
    return {
        name: _steady(content)
        for name, content in cluster_listing.listing().items()
        if name.partition(" ")[0] not in PASSING
    }


def changes(before: dict[str, str], after: dict[str, str]) -> dict[str, tuple[str, str]]:
    """What of `before` is different or gone: then and now."""
    return {name: (content, after.get(name, "gone")) for name, content in before.items() if after.get(name) != content}


def _steady(content: str) -> str:
    if LEADER not in content:
        return content
    item = json.loads(content)
    item["metadata"]["annotations"].pop(LEADER)
    return json.dumps(item, sort_keys=True)
