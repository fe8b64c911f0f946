"""What named instances and a group's instances share."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from meshx.config.owner import Owner
from meshx.config.resolved import Group, InstanceShape, Machine
from meshx.google_cloud.cloud_names import network_tag, workload_tag
from meshx.join.bundle import ROOT_CERTIFICATE
from meshx.join.startup_script import ClusterAccess, startup_script
from meshx.stack.awaited_outputs import substituted

SCOPES = [
    "https://www.googleapis.com/auth/cloud-platform",
    "https://www.googleapis.com/auth/userinfo.email",
]
"""The scopes that GKE needs in an access token; with the second it knows the holder by e-mail. They grant no rights,
since the account has no role (https://cloud.google.com/compute/docs/access/service-accounts#scopes_best_practice)."""
SHIELDED = {"enable_secure_boot": True, "enable_vtpm": True, "enable_integrity_monitoring": True}
"""All of Shielded VM."""
OWNER_LABEL = "meshx-owner"


@dataclass(frozen=True)
class InstanceSurroundings:
    """What an instance or a group gets from its stack.

    owner: the stack. labels: those in Google Cloud. email: the account of its identity.
    ready: what must exist before it boots: its rights in the cluster, its firewall rules.
    """

    owner: Owner
    labels: dict[str, str]
    access: pulumi.Output[ClusterAccess]
    email: pulumi.Output[str]
    ready: list[pulumi.Resource]


def tags(owner: Owner, one: Machine | Group, shape: InstanceShape) -> list[str]:
    """The network tags: those of the firewall rules, and the user's."""
    ours = (network_tag(owner, one.network), workload_tag(owner, one.workload.namespace, one.workload.name))
    return list(dict.fromkeys((*ours, *shape.tags)))


def metadata(
    bundle: Mapping[str, Any], access: pulumi.Input[ClusterAccess], own_startup: str
) -> dict[str, pulumi.Input[str]]:
    """The instance's metadata. `bundle` is in the shape of `bundle_inputs`, without the root certificate, which an
    instance fetches itself.
    """
    files = {path: file for path, file in bundle["files"].items() if path != ROOT_CERTIFICATE}
    # With the values themselves, since the script has a sum of its text.
    script = pulumi.Output.all(substituted({**bundle, "files": files}), _known(access)).apply(
        lambda known: startup_script(known[0], known[1], own_startup)
    )
    return {
        "startup-script": script,
        # To log in, a user needs a right in Google Cloud; keys in the project's metadata do not count.
        "enable-oslogin": "TRUE",
        "block-project-ssh-keys": "TRUE",
    }


def _known(access: pulumi.Input[ClusterAccess]) -> pulumi.Output[ClusterAccess]:
    def with_values(one: ClusterAccess) -> pulumi.Output[ClusterAccess]:
        fields: dict[str, Any] = substituted(vars(one))
        return pulumi.Output.all(**fields).apply(lambda known: ClusterAccess(**known))

    return pulumi.Output.from_input(access).apply(with_values)
