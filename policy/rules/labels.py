"""Whose an object is stands on it."""

from __future__ import annotations

from collections.abc import Iterator

from meshx.ownership import OWNER_LABEL
from policy.rules.kubernetes_types import RELEASE, is_whole_object
from policy.rules.rule import Resource, ResourceRule, Setting, Settings

REQUIRED = "labels"
_GCE = (
    "gcp:compute/instance:Instance",
    "gcp:compute/instanceTemplate:InstanceTemplate",
    "gcp:compute/regionInstanceTemplate:RegionInstanceTemplate",
)


def unowned(resource: Resource, _settings: Settings) -> Iterator[str]:
    """Whether an object of the cluster says which stack made it."""
    if resource.type == RELEASE:
        if resource.at("values", "global", "meshx", "owner") is None:
            yield "values.global.meshx.owner is missing: nobody can tell which stack installed it. Make it by meshx"
    elif is_whole_object(resource.type) and resource.at("metadata", "labels", OWNER_LABEL) is None:
        yield (
            f"metadata.labels has no {OWNER_LABEL}: nobody can tell which stack made it. Write `{OWNER_LABEL}: "
            "<project>.<stack>`"
        )


def unlabelled(resource: Resource, settings: Settings) -> Iterator[str]:
    """The labels that everything has to have and this has not."""
    if resource.type in _GCE:
        place = ("labels",)
    elif is_whole_object(resource.type):
        place = ("metadata", "labels")
    else:
        return
    missing = [label for label in settings[REQUIRED] if not resource.at(*place, label)]
    if missing:
        yield f"{'.'.join(place)} has no {', '.join(missing)}. Write it in meshx:labels, for all that the stack makes"


OWNER_RULE = ResourceRule("owner-labels", "Every object of the cluster says which stack made it.", unowned)
REQUIRED_RULE = ResourceRule(
    "required-labels",
    "Objects of the cluster and instances have the labels by which people find whose they are.",
    unlabelled,
    {REQUIRED: Setting({"type": "array", "items": {"type": "string"}}, ["team"])},
)
