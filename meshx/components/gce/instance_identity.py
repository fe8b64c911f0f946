"""An instance's identity: a Google service account, and its rights in the cluster."""

from typing import TypedDict

import pulumi
import pulumi_gcp as gcp

from meshx.components.shared.granted_rights import Grant, granted
from meshx.components.shared.instance_terms import Right
from meshx.config.owner import Owner
from meshx.config.sections.workload import WorkloadConfiguration
from meshx.google_cloud.cloud_names import LONGEST_ACCOUNT, cloud_name
from meshx.istio.identities import generation_name


class InstanceIdentityArgs(TypedDict):
    """The arguments of an identity."""

    workload: WorkloadConfiguration
    rights: tuple[Right, ...]
    """All its rights in the cluster."""
    owner: Owner
    labels: dict[str, str]
    """Labels of everything that it makes in the cluster."""
    ready: list[pulumi.Resource]
    """What must exist first: the workload's namespace."""


class InstanceIdentity(pulumi.ComponentResource):
    """The identity of a workload's instances: an account in Google Cloud, without rights there, and rights in the
    cluster to get the workload's mesh identity.

    **Pulumi Type:** `meshx:index:InstanceIdentity`. Produces a `gcp.serviceaccount.Account`, a Role and a RoleBinding.
    """

    email: pulumi.Output[str]
    binding: pulumi.Resource
    """The identity works once this exists."""

    def __init__(self, name: str, args: InstanceIdentityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("meshx:index:InstanceIdentity", name, None, opts)
        workload = args["workload"]
        of = f"{workload.namespace}/{workload.name}"
        own = generation_name(workload.name, workload.generation)
        account = gcp.serviceaccount.Account(
            name,
            account_id=cloud_name(args["owner"], workload.namespace, own, longest=LONGEST_ACCOUNT),
            display_name=f"Instances of {of}"[:100],
            description="Made by meshx. Needs no role: its rights are in the cluster.",
            # One from before its name ended in a sum keeps it: another would be another account.
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=["accountId"]),
        )
        grant: Grant = {
            "role_name": f"meshx-instances-{own}",
            "namespace": workload.namespace,
            "labels": args["labels"],
            "rights": args["rights"],
            # GKE identifies the holder of an access token by e-mail, or by number if the token has no e-mail.
            "users": (account.email, account.unique_id),
        }
        self.binding = granted(name, grant, pulumi.ResourceOptions(parent=self, depends_on=args["ready"]))
        self.email = account.email
        self.register_outputs({"email": self.email})
