"""Who an instance is: a service account of Google's, and what that may do in the cluster."""

from typing import TypedDict

import pulumi
import pulumi_gcp as gcp

from meshx.components.shared.granted_rights import Grant, granted
from meshx.components.shared.instance_terms import Right
from meshx.config.sections.workload import WorkloadConfiguration
from meshx.google_cloud.cloud_names import LONGEST_ACCOUNT, cloud_name


class InstanceIdentityArgs(TypedDict):
    """What an identity needs."""

    workload: WorkloadConfiguration
    rights: tuple[Right, ...]
    """All that it may do in the cluster."""
    owner: str
    """The value of the stack's owner label."""
    labels: dict[str, str]
    """Labels of everything that is made in the cluster."""
    ready: list[pulumi.Resource]
    """What must be there first: the workload's namespace."""


class InstanceIdentity(pulumi.ComponentResource):
    """The identity of a workload's instances: one in Google Cloud, that has no right there, and in the cluster those by
    which it gets what shows the mesh that it is of that workload.

    **Pulumi Type:** `meshx:index:InstanceIdentity`. Produces a `gcp.serviceaccount.Account`, a Role and a RoleBinding.
    """

    email: pulumi.Output[str]
    binding: pulumi.Resource
    """With it the identity is of use."""

    def __init__(self, name: str, args: InstanceIdentityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("meshx:index:InstanceIdentity", name, None, opts)
        workload = args["workload"]
        of = f"{workload.namespace}/{workload.name}"
        account = gcp.serviceaccount.Account(
            name,
            account_id=cloud_name(args["owner"], workload.namespace, workload.name, longest=LONGEST_ACCOUNT),
            display_name=f"Instances of {of}"[:100],
            description="Made by meshx. Needs no role: its rights are in the cluster.",
            opts=pulumi.ResourceOptions(parent=self),
        )
        grant: Grant = {
            "role_name": f"meshx-instances-{workload.name}",
            "namespace": workload.namespace,
            "labels": args["labels"],
            "rights": args["rights"],
            # GKE knows the holder of an access token by its e-mail, or by its number where the token does not say it.
            "users": (account.email, account.unique_id),
        }
        self.binding = granted(name, grant, pulumi.ResourceOptions(parent=self, depends_on=args["ready"]))
        self.email = account.email
        self.register_outputs({"email": self.email})
