"""`gcp:compute/instance:Instance`: a machine that boots.

Official provider: google/services/compute/resource_compute_instance.go (github.com/hashicorp/terraform-provider-google)
says what is changed in place, what needs a stop, and what needs a new instance.
"""

import re
from collections.abc import Sequence

from meshx.provider.property_values import Properties
from sandbox.gce import instances
from sandbox.pulumi.gcp.cloud_resource import CloudResource

NAME = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?")


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
        name = inputs.get("name")
        if isinstance(name, str) and not NAME.fullmatch(name):
            found.append(("name", f'"name" ("{name}") doesn\'t match regexp "^{NAME.pattern}$"'))
        interfaces = inputs.get("networkInterfaces")
        if isinstance(interfaces, list):
            if len(interfaces) != 1:
                found.append(("networkInterfaces", "the sandbox's gcp plugin gives an instance one interface"))
            for key in ("accessConfigs", "aliasIpRanges", "ipv6AccessConfigs", "nicType"):
                if isinstance(interfaces[0], dict) and interfaces[0].get(key):
                    reason = f"the sandbox's gcp plugin does not do {key}; use the official plugin"
                    found.append((f"networkInterfaces[0].{key}", reason))
        return found

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
