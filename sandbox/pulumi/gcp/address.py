"""`gcp:compute/address:Address`, INTERNAL: a reserved address of a subnetwork.

Official provider: google/services/compute/resource_compute_address.go.
"""

from collections.abc import Sequence

from meshx.plugin_base.property_values import Properties
from sandbox.gce import addresses
from sandbox.pulumi.gcp.cloud_resource import CloudResource


class Address(CloudResource):
    """A reserved internal address."""

    served = frozenset(
        {
            *("address", "addressType", "description", "labels", "name", "network", "project", "purpose", "region"),
            "subnetwork",
        }
    )
    in_place = frozenset({"labels"})
    computed = ("address", "creationTimestamp", "effectiveLabels", "labelFingerprint", "selfLink", "users")

    def problems(self, inputs: Properties) -> Sequence[tuple[str, str]]:
        if inputs.get("addressType", "EXTERNAL") == "EXTERNAL":
            return [("addressType", "the sandbox's gcp plugin has INTERNAL addresses only; use the official plugin")]
        return ()

    def make(self, inputs: Properties) -> tuple[str, Properties]:
        project, region = self.place(inputs, "project"), self.place(inputs, "region")
        made = addresses.reserve(project, region, inputs["name"], inputs)
        return addresses.address_name(project, region, inputs["name"]), made

    def change(self, resource_id: str, changes: Properties) -> Properties:
        return super().change(resource_id, {**changes, "effectiveLabels": changes.get("labels") or {}})

    def remove(self, resource_id: str) -> None:
        addresses.release(resource_id)
