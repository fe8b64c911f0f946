"""`gcp:compute/firewall:Firewall`: rules that allow; egress rules have no effect, since all egress is allowed.

Official provider: google/services/compute/resource_compute_firewall.go.
"""

from collections.abc import Sequence

from meshx.plugin_base.property_values import Properties
from sandbox.gce import firewalls
from sandbox.pulumi.gcp.cloud_resource import CloudResource


class Firewall(CloudResource):
    """A packet rule."""

    served = frozenset(
        {
            *("allows", "description", "destinationRanges", "direction", "disabled", "name", "network", "priority"),
            *("project", "sourceRanges", "sourceTags", "targetServiceAccounts", "targetTags"),
        }
    )
    in_place = served - {"direction", "name", "network", "project"}
    computed = ("creationTimestamp", "selfLink")

    def problems(self, inputs: Properties) -> Sequence[tuple[str, str]]:
        found = []
        sources = [key for key in ("sourceRanges", "sourceTags") if key in inputs]
        if inputs.get("direction", "INGRESS") == "INGRESS":
            if not sources:
                reason = "one of source_tags, source_ranges, or source_service_accounts must be defined"
                found.append(("sourceRanges", reason))
        elif sources:
            found += [(key, f"{key} cannot be set for EGRESS rules") for key in sources]
        if "targetTags" in inputs and "targetServiceAccounts" in inputs:
            found.append(("targetTags", '"target_tags": conflicts with target_service_accounts'))
        return found

    def make(self, inputs: Properties) -> tuple[str, Properties]:
        made = firewalls.create(self.place(inputs, "project"), inputs["name"], inputs)
        return f"projects/{made['project']}/global/firewalls/{made['name']}", made

    def change(self, resource_id: str, changes: Properties) -> Properties:
        return firewalls.update(resource_id, changes)

    def remove(self, resource_id: str) -> None:
        firewalls.delete(resource_id)
