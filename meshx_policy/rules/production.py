"""What only production requires: protection, and fixed versions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import cast

from meshx_policy.rules.kubernetes_types import RELEASE
from meshx_policy.rules.rule import UNKNOWN, Resource, ResourceRule, Settings, group_of, value_at

_TO_BE_PROTECTED = (
    RELEASE,
    "kubernetes:core/v1:Namespace",
    "meshx:index:Join",
    "gcp:compute/instance:Instance",
    "gcp:compute/address:Address",
    "gcp:compute/regionInstanceGroupManager:RegionInstanceGroupManager",
)
_IMAGE = re.compile(r"(?:.*/)?[^/:@]+:latest(?:@.*)?")
_UNTAGGED = re.compile(r"(?:[^@]*/)?[^/:@]+")


def unprotected(resource: Resource, _settings: Settings) -> Iterator[str]:
    """Whether one `destroy` can delete a resource that others depend on."""
    if resource.type in _TO_BE_PROTECTED and not resource.protect:
        yield (
            "it is not protected: one `pulumi destroy`, or one line removed from the file, deletes it. Write "
            "`protect: true` in meshx:environment"
        )


def latest(resource: Resource, _settings: Settings) -> Iterator[str]:
    """The places in a resource that name no version, so that the running version changes without a change here."""
    if resource.type == RELEASE:
        fetched = resource.at("repositoryOpts", "repo") or str(resource.at("chart")).startswith("oci://")
        if fetched and resource.at("version") in (None, "", "latest"):
            yield "version is missing: Helm installs the newest chart. Write the version, such as `version: 1.31.2`"
        for place in _latest_tags("values", resource.at("values")):
            yield f"{place} is latest. Write the version"
    elif resource.type.startswith("kubernetes:"):
        for place, image in _images("spec", resource.at("spec")):
            if _IMAGE.fullmatch(image) or _UNTAGGED.fullmatch(image):
                yield f"{place} is {image}, which is the newest at that time. Write a version, or better the digest"
    elif resource.type == "gcp:compute/instance:Instance":
        image = resource.at("bootDisk", "initializeParams", "image")
        if isinstance(image, str) and image.endswith("-latest"):
            yield f"bootDisk.initializeParams.image is {image}. Write the image's version"


def _latest_tags(place: str, values: object) -> Iterator[str]:
    for key, value in group_of(values).items():
        if (key == "tag" and value == "latest") or (isinstance(value, str) and _IMAGE.fullmatch(value)):
            yield f"{place}.{key}"
        yield from _latest_tags(f"{place}.{key}", value)


def _images(place: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, list):
        for position, item in enumerate(cast("list[object]", value)):
            image = value_at(item, "image")
            if isinstance(image, str) and value_at(item, "name") not in (None, UNKNOWN):
                yield f"{place}[{position}].image", image
        return
    for key, below in group_of(value).items():
        yield from _images(f"{place}.{key}", below)


PROTECTED_RULE = ResourceRule(
    "protected-in-production",
    "Control plane, namespaces and machines are protected from deletion.",
    unprotected,
)
LATEST_RULE = ResourceRule(
    "no-latest-in-production", "Images and charts have a fixed version, never the latest.", latest
)
