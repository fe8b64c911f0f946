"""Every object's labels name its owner."""

from __future__ import annotations

from collections.abc import Iterator

from meshx.cluster.ownership import OWNER_LABEL
from meshx_policy.rules.kubernetes_types import RELEASE, is_whole_object
from meshx_policy.rules.rule import Resource, ResourceRule, Setting, Settings

REQUIRED = "labels"
GOOGLE_OWNER_LABEL = OWNER_LABEL.replace("/", "-")
"""The owner's label in Google Cloud, whose labels have no '/'."""
_INSTANCES = (
    "gcp:compute/instance:Instance",
    "gcp:compute/instanceTemplate:InstanceTemplate",
    "gcp:compute/regionInstanceTemplate:RegionInstanceTemplate",
)


def unowned(resource: Resource, _settings: Settings) -> Iterator[str]:
    """Whether an object of the cluster or an instance names the stack that made it."""
    if resource.type == RELEASE:
        if resource.at("values", "global", "meshx", "owner") is None:
            yield "values.global.meshx.owner is missing: its stack is unknown. Install the release with meshx"
        return
    place, label = _labels_of(resource), GOOGLE_OWNER_LABEL if resource.type in _INSTANCES else OWNER_LABEL
    if place and resource.at(*place, label) is None:
        yield (
            f"{'.'.join(place)} has no {label}: nobody can tell which stack made it. Write `{label}`, as on everything "
            "else that this stack makes"
        )


def unlabelled(resource: Resource, settings: Settings) -> Iterator[str]:
    """The required labels that the resource lacks."""
    place = _labels_of(resource)
    missing = [label for label in settings[REQUIRED] if not resource.at(*place, label)] if place else []
    if missing:
        where = "meshx:gce.labels" if resource.type in _INSTANCES else "meshx:labels"
        yield f"{'.'.join(place)} has no {', '.join(missing)}. Write it in {where}, for everything in the stack"


def _labels_of(resource: Resource) -> tuple[str, ...]:
    """Where its labels are; () for a resource without labels."""
    if resource.type in _INSTANCES:
        return ("labels",)
    return ("metadata", "labels") if is_whole_object(resource.type) else ()


OWNER_RULE = ResourceRule(
    "owner-labels", "Every object of the cluster and every instance names the stack that made it.", unowned
)
REQUIRED_RULE = ResourceRule(
    "required-labels",
    "Objects of the cluster and instances have the labels that tell people their owner.",
    unlabelled,
    {REQUIRED: Setting({"type": "array", "items": {"type": "string"}}, ["team"])},
)
