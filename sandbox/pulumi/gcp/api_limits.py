"""What Compute Engine's API says of labels and network tags that it refuses; the provider passes that on.

cloud.google.com/compute/docs/labeling-resources (requirements for labels) and cloud.google.com/vpc/docs/add-remove-
network-tags (restrictions).
"""

import re

from meshx.plugin_base.property_values import Properties
from sandbox.gce.googleapi import invalid
from sandbox.pulumi.gcp.argument_values import NAME

MOST_LABELS, MOST_TAGS = 64, 64
_LABEL_KEY, _LABEL_VALUE = re.compile(r"[a-z][a-z0-9_-]{0,62}"), re.compile(r"[a-z0-9_-]{0,63}")
_TAGGED = ("tags", "sourceTags", "targetTags")


def check(inputs: Properties) -> None:
    """Raises GoogleError for labels and tags that break the API's limits."""
    labels = inputs.get("labels") or {}
    if len(labels) > MOST_LABELS:
        raise invalid(f"Invalid value for field 'resource.labels': the number of labels exceeds {MOST_LABELS}")
    for key, value in labels.items():
        if not _LABEL_KEY.fullmatch(key):
            raise invalid(
                f"Invalid value for field 'resource.labels': ''. Label key '{key}' violates format constraints. The "
                "key must start with a lowercase character, can only contain lowercase letters, numeric characters, "
                "underscores and dashes. The key can be at most 63 characters long."
            )
        if not _LABEL_VALUE.fullmatch(str(value)):
            raise invalid(
                f"Invalid value for field 'resource.labels': ''. Label value '{value}' violates format constraints. "
                "The value can only contain lowercase letters, numeric characters, underscores and dashes. The value "
                "can be at most 63 characters long."
            )
    for field in _TAGGED:
        tags = inputs.get(field) or []
        if len(tags) > MOST_TAGS:
            raise invalid(f"Invalid value for field 'resource.{field}': the number of tags exceeds {MOST_TAGS}")
        for number, tag in enumerate(tags):
            if not NAME.fullmatch(tag):
                raise invalid(
                    f"Invalid value for field 'resource.{field}[{number}]': '{tag}'. Must be a match of regex "
                    "'(?:[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?)'"
                )
