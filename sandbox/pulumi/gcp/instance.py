"""`gcp:compute/instance:Instance`: a machine that boots.

Official provider: google/services/compute/resource_compute_instance.go (github.com/hashicorp/terraform-provider-google)
says which changes work in place, which need a stop, and which need a new instance.
"""

from collections.abc import Sequence
from typing import Any

from meshx.plugin_base.property_values import Properties
from sandbox.gce import catalogue, instances
from sandbox.pulumi.gcp.cloud_resource import CloudResource


class Instance(CloudResource):
    """An instance with one disk and one network interface."""

    served = frozenset(
        {
            *("allowStoppingForUpdate", "bootDisk", "canIpForward", "deletionProtection", "description", "labels"),
            *("machineType", "metadata", "name", "networkInterfaces", "project", "scheduling", "serviceAccount"),
            *("shieldedInstanceConfig", "tags", "zone"),
        }
    )
    in_place = frozenset(
        {
            *("allowStoppingForUpdate", "deletionProtection", "labels", "machineType", "metadata", "scheduling"),
            *("serviceAccount", "shieldedInstanceConfig", "tags"),
        }
    )
    computed = (
        *("cpuPlatform", "creationTimestamp", "currentStatus", "effectiveLabels", "instanceId", "labelFingerprint"),
        *("metadataFingerprint", "selfLink", "tagsFingerprint"),
    )

    def problems(self, inputs: Properties) -> Sequence[tuple[str, str]]:
        found = []
        interfaces = inputs.get("networkInterfaces")
        if isinstance(interfaces, list):
            if len(interfaces) != 1:
                found.append(("networkInterfaces", "the sandbox's gcp plugin gives an instance one interface"))
            for key in ("accessConfigs", "aliasIpRanges", "ipv6AccessConfigs", "nicType"):
                if isinstance(interfaces[0], dict) and interfaces[0].get(key):
                    reason = f"the sandbox's gcp plugin does not do {key}; use the official plugin"
                    found.append((f"networkInterfaces[0].{key}", reason))
        return found

    def comparable(self, inputs: Properties, news: Properties) -> Properties:
        same = dict(inputs)
        if isinstance(said := news.get("networkInterfaces"), list) and isinstance(inputs["networkInterfaces"], list):
            same["networkInterfaces"] = [
                {key: _by_name(key, value) for key, value in one.items() if key in asked}
                for one, asked in zip(inputs["networkInterfaces"], said, strict=False)
            ]
        if isinstance(asked := _parameters(news), dict) and isinstance(there := _parameters(inputs), dict):
            kept = {key: _by_name(key, value) for key, value in there.items() if key in asked}
            same["bootDisk"] = {"initializeParams": kept}
        if isinstance(inputs.get("tags"), list):
            same["tags"] = sorted(inputs["tags"])
        return same

    def make(self, inputs: Properties) -> tuple[str, Properties]:
        project, zone = self.place(inputs, "project"), self.place(inputs, "zone")
        made = instances.create(project, zone, inputs["name"], inputs)
        return instances.instance_name(project, zone, inputs["name"]), made

    def look(self, resource_id: str) -> Properties | None:
        return instances.read(resource_id)

    def change(self, resource_id: str, changes: Properties) -> Properties:
        return instances.update(resource_id, changes)

    def remove(self, resource_id: str) -> None:
        instances.delete(resource_id)


def _by_name(key: str, value: Any) -> Any:
    """A reference as the name in it, and an image as the one image: the official provider compares like this."""
    if key == "image":
        return catalogue.IMAGE
    return catalogue.name_of(value) if key in ("network", "subnetwork") and isinstance(value, str) else value


def _parameters(inputs: Properties) -> Any:
    disk = inputs.get("bootDisk")
    return disk.get("initializeParams") if isinstance(disk, dict) else None
