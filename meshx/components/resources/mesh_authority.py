"""The authority that Citadel signs with where it makes none itself, as the program sees it; see meshx/provider."""

from typing import Any, TypedDict

import pulumi

from meshx.join.states import IN_PLACE


class MeshAuthorityArgs(TypedDict):
    """Which authority is meant; the shapes are those of meshx/provider/mesh_authority_resource.py."""

    namespace: str
    labels: dict[str, str]
    """Labels of the Secret, if it has to be made."""
    trustDomain: str


class MeshAuthority(pulumi.CustomResource):
    """The Secret `cacerts` in the control plane's namespace: taken where it is there, made where it is not.

    **Pulumi Type:** `meshx:index:MeshAuthority`. Its key is in the cluster and nowhere else.
    """

    def __init__(self, name: str, args: MeshAuthorityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        props: dict[str, Any] = {**args, "state": IN_PLACE, "made": None, "root": None, "end": None}
        super().__init__("meshx:index:MeshAuthority", name, props, opts)
