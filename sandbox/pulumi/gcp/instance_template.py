"""`gcp:compute/instanceTemplate:InstanceTemplate` and its regional kin: what a group's instances are made from.

Official provider: google/services/compute/resource_compute_instance_template.go; every change replaces.
"""

import time
from collections.abc import Sequence

from meshx.provider.property_values import Properties
from sandbox.gce import templates
from sandbox.pulumi.gcp.cloud_resource import CloudResource


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
        # The official provider puts the time and a counter after a prefix, 26 characters.
        name = inputs.get("name") or f"{inputs['namePrefix']}{time.time_ns():026d}"
        path = f"projects/{self.place(inputs, 'project')}/{self.scope(inputs)}/instanceTemplates/{name}"
        return path, templates.create(path, {**inputs, "name": name})

    def scope(self, inputs: Properties) -> str:
        """What stands between the project and the template in its name."""
        return "global"

    def remove(self, resource_id: str) -> None:
        templates.delete(resource_id)


class RegionInstanceTemplate(InstanceTemplate):
    """A template for instances of one region."""

    served = InstanceTemplate.served | {"region"}

    def scope(self, inputs: Properties) -> str:
        return f"regions/{self.place(inputs, 'region')}"
