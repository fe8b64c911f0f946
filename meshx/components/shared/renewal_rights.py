"""What a machine over SSH needs in the cluster to renew its token itself."""

from typing import TypedDict

import pulumi

from meshx.components.shared.granted_rights import Grant, granted
from meshx.components.shared.instance_terms import ISTIOD_TERMS
from meshx.components.shared.mesh_context import MeshContext
from meshx.config.resolved import Machine


class RenewalRightsArgs(TypedDict):
    """What the rights of one machine are made of."""

    machine: Machine
    context: MeshContext
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
        grant: Grant = {
            "role_name": f"meshx-renewal-{machine.name}",
            "namespace": machine.workload.namespace,
            "labels": args["context"].labels,
            "rights": ISTIOD_TERMS.rights(machine.workload.account),
            "users": machine.renew_as,
        }
        self.binding = granted(name, grant, pulumi.ResourceOptions(parent=self, depends_on=args["ready"]))
        self.register_outputs({})
