"""`gcp:compute/instanceTemplate:InstanceTemplate` and its regional kin, for a group's instances.

Official provider: google/services/compute/resource_compute_instance_template.go; every change replaces.
"""

import time
from collections.abc import Sequence

from meshx.plugin_base.property_values import Properties
from sandbox.gce import templates
from sandbox.pulumi.gcp.cloud_resource import CloudResource

LONGEST_FULL_PREFIX = 37
"""How long a prefix may be if all of the unique part is to fit into 63 characters."""


def _unique(prefix: str) -> str:
    """A unique name: after the prefix the time and a counter, 26 characters, or their last 9."""
    moment = f"{time.time_ns():026d}"
    return prefix + (moment if len(prefix) <= LONGEST_FULL_PREFIX else moment[-9:])


class InstanceTemplate(CloudResource):
    """A template for instances anywhere in the project."""

    served = frozenset(
        {
            *("canIpForward", "description", "disks", "instanceDescription", "labels", "machineType", "metadata"),
            *("name", "namePrefix", "networkInterfaces", "project", "scheduling", "serviceAccount"),
            *("shieldedInstanceConfig", "tags"),
        }
    )
    in_place = frozenset()
    computed = ("creationTimestamp", "effectiveLabels", "name", "selfLink", "selfLinkUnique")

    def problems(self, inputs: Properties) -> Sequence[tuple[str, str]]:
        disks = inputs.get("disks")
        if isinstance(disks, list) and len(disks) != 1:
            return [("disks", "the sandbox's gcp plugin gives an instance one disk; use the official plugin")]
        return ()

    def make(self, inputs: Properties) -> tuple[str, Properties]:
        name = inputs.get("name") or _unique(inputs["namePrefix"])
        path = f"projects/{self.place(inputs, 'project')}/{self.scope(inputs)}/instanceTemplates/{name}"
        return path, templates.create(path, {**inputs, "name": name})

    def remove(self, resource_id: str) -> None:
        templates.delete(resource_id)


class RegionInstanceTemplate(InstanceTemplate):
    """A template for instances of one region."""

    served = InstanceTemplate.served | {"region"}
