"""What a machine over SSH needs in the cluster to renew its token itself."""

from typing import TypedDict

import pulumi
import pulumi_kubernetes as kubernetes

from meshx.config.machine import Machine
from meshx.gce.instance_terms import ISTIOD_TERMS

GROUP = "rbac.authorization.k8s.io"


class RenewalRightsArgs(TypedDict):
    """What the rights of one machine are made of."""

    machine: Machine
    labels: dict[str, str]
    """Labels of everything that is made in the cluster."""
    ready: list[pulumi.Resource]
    """What must be there first: the workload's namespace."""


class RenewalRights(pulumi.ComponentResource):
    """What a machine's own identity may: ask for tokens of its workload's service account, and read the mesh's root
    certificate.

    **Pulumi Type:** `meshx:index:RenewalRights`. Produces a Role and a RoleBinding.
    """

    binding: pulumi.Resource
    """With it the identity is of use."""

    def __init__(self, name: str, args: RenewalRightsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("meshx:index:RenewalRights", name, None, opts)
        machine = args["machine"]
        role_name = f"meshx-renewal-{machine.name}"
        metadata = kubernetes.meta.v1.ObjectMetaArgs(
            name=role_name, namespace=machine.workload.namespace, labels=args["labels"]
        )
        options = pulumi.ResourceOptions(parent=self, depends_on=args["ready"])
        role = kubernetes.rbac.v1.Role(
            name,
            metadata=metadata,
            rules=[
                {
                    "api_groups": [""],
                    "resources": [right.resource],
                    "resource_names": [right.name],
                    "verbs": [right.verb],
                }
                for right in ISTIOD_TERMS.rights(machine.workload.account)
            ],
            opts=options,
        )
        self.binding = kubernetes.rbac.v1.RoleBinding(
            name,
            metadata=metadata,
            role_ref=kubernetes.rbac.v1.RoleRefArgs(api_group=GROUP, kind="Role", name=role_name),
            subjects=[{"api_group": GROUP, "kind": "User", "name": user} for user in machine.renew_as],
            opts=pulumi.ResourceOptions.merge(options, pulumi.ResourceOptions(depends_on=[role])),
        )
        self.register_outputs({})
