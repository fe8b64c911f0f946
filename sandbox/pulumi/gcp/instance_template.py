"""`gcp:compute/instanceTemplate:InstanceTemplate` and its regional kin: what a group's instances are made from.

Official provider: google/services/compute/resource_compute_instance_template.go; every change replaces.
"""

from collections.abc import Sequence

from meshx.provider.property_values import Properties
from sandbox.gce import templates
from sandbox.pulumi.gcp.cloud_resource import CloudResource


class InstanceTemplate(CloudResource):
    """A template for instances anywhere in the project."""

    served = frozenset(
        {
            *("canIpForward", "description", "disks", "instanceDescription", "labels", "machineType", "metadata"),
            *("name", "networkInterfaces", "project", "scheduling", "serviceAccount", "shieldedInstanceConfig", "tags"),
        }
    )
    in_place = frozenset()
    computed = ("creationTimestamp", "effectiveLabels", "metadataFingerprint", "selfLink", "selfLinkUnique")

    def problems(self, inputs: Properties) -> Sequence[tuple[str, str]]:
        disks = inputs.get("disks")
        if isinstance(disks, list) and len(disks) != 1:
            return [("disks", "the sandbox's gcp plugin gives an instance one disk; use the official plugin")]
        return ()

    def make(self, inputs: Properties) -> tuple[str, Properties]:
        path = f"projects/{self.place(inputs, 'project')}/{self.scope(inputs)}/instanceTemplates/{inputs['name']}"
        return path, templates.create(path, inputs)

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
