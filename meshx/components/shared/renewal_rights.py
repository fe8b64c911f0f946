"""The rights in the cluster with which a machine over SSH renews its token itself."""

from typing import TypedDict

import pulumi

from meshx.components.shared.granted_rights import Grant, granted
from meshx.components.shared.instance_terms import ISTIOD_TERMS
from meshx.components.shared.mesh_context import MeshContext
from meshx.config.resolved import Machine


class RenewalRightsArgs(TypedDict):
    """The arguments for the rights of one machine."""

    machine: Machine
    context: MeshContext
    ready: list[pulumi.Resource]
    """what must exist first: the workload's namespace."""


class RenewalRights(pulumi.ComponentResource):
    """The rights of a machine's own identity: request tokens of its workload's service account, and read the mesh's
    root certificate.

    **Pulumi Type:** `meshx:index:RenewalRights`. Produces a Role and a RoleBinding.
    """

    binding: pulumi.Resource
    """The rights apply once this exists."""

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
