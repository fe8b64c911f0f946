"""What named instances and those of a group have in common."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from meshx.config.resolved import Group, InstanceShape, Machine
from meshx.google_cloud.cloud_names import network_tag, workload_tag
from meshx.join.bundle import ROOT_CERTIFICATE
from meshx.join.startup_script import ClusterAccess, startup_script

SCOPES = [
    "https://www.googleapis.com/auth/cloud-platform",
    "https://www.googleapis.com/auth/userinfo.email",
]
"""What GKE takes an access token for; with the second it knows its holder by e-mail. Rights are no matter of scopes:
the account has no role (https://cloud.google.com/compute/docs/access/service-accounts#scopes_best_practice)."""
SHIELDED = {"enable_secure_boot": True, "enable_vtpm": True, "enable_integrity_monitoring": True}
"""All of Shielded VM."""
OWNER_LABEL = "meshx-owner"


@dataclass(frozen=True)
class InstanceSurroundings:
    """What an instance, or a group, has of its stack.

    owner: the value of the stack's owner label. labels: those in Google Cloud. email: the account that it shows who it
    is by. ready: what must be there before it boots: its rights in the cluster, its firewall rules.
    """

    owner: str
    labels: dict[str, str]
    access: pulumi.Output[ClusterAccess]
    email: pulumi.Output[str]
    ready: list[pulumi.Resource]


def tags(owner: str, one: Machine | Group, shape: InstanceShape) -> list[str]:
    """The network tags: those that the firewall rules go by, and the user's."""
    ours = (network_tag(owner, one.network), workload_tag(owner, one.workload.namespace, one.workload.name))
    return list(dict.fromkeys((*ours, *shape.tags)))


def metadata(
    bundle: Mapping[str, Any], access: pulumi.Input[ClusterAccess], own_startup: str
) -> dict[str, pulumi.Input[str]]:
    """The instance's metadata. `bundle` is in the shape of `bundle_inputs`; its root certificate is left out, since an
    instance fetches that itself.
    """
    files = {path: file for path, file in bundle["files"].items() if path != ROOT_CERTIFICATE}
    script = pulumi.Output.all({**bundle, "files": files}, access).apply(
        lambda known: startup_script(known[0], known[1], own_startup)
    )
    return {
        "startup-script": script,
        # Whoever logs in does so by a right in Google Cloud, and by no key that the project's metadata may hold.
        "enable-oslogin": "TRUE",
        "block-project-ssh-keys": "TRUE",
    }
