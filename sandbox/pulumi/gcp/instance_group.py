"""`gcp:compute/regionInstanceGroupManager:RegionInstanceGroupManager`, and the limits of an autoscaler.

Official provider: google/services/compute/resource_compute_region_instance_group_manager.go and
resource_compute_region_autoscaler.go.
"""

import re
from collections.abc import Sequence

from meshx.plugin_base.property_values import Properties
from sandbox.gce import cloud, groups
from sandbox.gce.cloud import LINK
from sandbox.pulumi.gcp.cloud_resource import CloudResource

WAIT_SECONDS = 15 * 60
"""The official provider's time limit for creating and updating."""
BASE_NAME = re.compile(r"[a-z]([-a-z0-9]{0,56}[a-z0-9])?")


class RegionInstanceGroupManager(CloudResource):
    """A group that keeps its size."""

    served = frozenset(
        {
            *("autoHealingPolicies", "baseInstanceName", "description", "distributionPolicyZones", "name"),
            *("namedPorts", "project", "region", "targetSize", "updatePolicy", "versions", "waitForInstances"),
            "waitForInstancesStatus",
        }
    )
    in_place = frozenset(
        {
            *("autoHealingPolicies", "namedPorts", "targetSize", "updatePolicy", "versions", "waitForInstances"),
            "waitForInstancesStatus",
        }
    )
    computed = ("creationTimestamp", "instanceGroup", "instanceGroupManagerId", "selfLink", "statuses")

    def problems(self, inputs: Properties) -> Sequence[tuple[str, str]]:
        found = []
        base = inputs.get("baseInstanceName")
        if isinstance(base, str) and not BASE_NAME.fullmatch(base):
            found.append(("baseInstanceName", f'"base_instance_name" ("{base}") doesn\'t match regexp'))
        policy = inputs.get("updatePolicy")
        if isinstance(policy, dict):
            for key in ("maxSurgePercent", "maxUnavailablePercent"):
                if key in policy:
                    reason = f"the sandbox's gcp plugin does not do {key}; use the official plugin"
                    found.append((f"updatePolicy.{key}", reason))
            if isinstance(policy["minimalAction"], str) and policy["minimalAction"] != "REPLACE":
                reason = "the sandbox's gcp plugin replaces instances only; use the official plugin"
                found.append(("updatePolicy.minimalAction", reason))
        return found

    def make(self, inputs: Properties) -> tuple[str, Properties]:
        project, region = self.place(inputs, "project"), self.place(inputs, "region")
        made = groups.create(project, region, inputs["name"], inputs)
        path = str(made["selfLink"]).removeprefix(LINK)
        return path, self._settled(path, made)

    def look(self, resource_id: str) -> Properties | None:
        found = cloud.load(resource_id)
        return _shown(found) if found else None

    def change(self, resource_id: str, changes: Properties) -> Properties:
        return self._settled(resource_id, groups.update(resource_id, changes))

    def remove(self, resource_id: str) -> None:
        groups.delete(resource_id)

    def _settled(self, path: str, group: Properties) -> Properties:
        waits = group.get("waitForInstances")
        return _shown(groups.wait_until_stable(path, WAIT_SECONDS) if waits else group)


def _shown(group: Properties) -> Properties:
    return {key: value for key, value in group.items() if key != "managed"}


class RegionAutoscaler(CloudResource):
    """The limits of a group's size; nobody measures load here to choose a size between them."""

    served = frozenset({"autoscalingPolicy", "description", "name", "project", "region", "target"})
    in_place = frozenset({"autoscalingPolicy", "description", "target"})
    computed = ("creationTimestamp", "selfLink")

    def make(self, inputs: Properties) -> tuple[str, Properties]:
        project, region = self.place(inputs, "project"), self.place(inputs, "region")
        path = f"projects/{project}/regions/{region}/autoscalers/{inputs['name']}"
        with cloud.changing():
            return path, cloud.add(path, {**inputs, "project": project, "region": region})
