"""Pods in ambient mode reach machines by HBONE, and not in plain text."""

from __future__ import annotations

from collections.abc import Iterator

from meshx_policy.rules.rule import UNKNOWN, Resource, ResourceRule, Settings, group_of

LABEL, ANSWERS = "networking.istio.io/tunnel", "http"
_GROUP, _ENTRY = ":WorkloadGroup", ":WorkloadEntry"
_PREFIX = "kubernetes:networking.istio.io/"


def violations(resource: Resource, _: Settings) -> Iterator[str]:
    """A machine's entry, or a group's template, without the label by which istiod knows that it answers HBONE."""
    if not resource.type.startswith(_PREFIX) or not resource.type.endswith((_GROUP, _ENTRY)):
        return
    is_group = resource.type.endswith(_GROUP)
    labels = resource.at("spec", "metadata", "labels") if is_group else resource.at("spec", "labels")
    serves = resource.at("spec", "template", "ports") if is_group else resource.at("spec", "ports")
    if UNKNOWN in (labels, serves) or not serves or group_of(labels).get(LABEL) in (ANSWERS, UNKNOWN):
        return
    yield (
        f"spec has no label {LABEL}: {ANSWERS}, so pods in ambient mode send to the workload's machines in plain text. "
        "Write `tunnel: hbone` under the workload in meshx:workloads"
    )


RULE = ResourceRule(
    "hbone-from-ambient-pods",
    "Pods in ambient mode reach machines by HBONE. For meshes with such pods.",
    violations,
)
