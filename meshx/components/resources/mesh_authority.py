"""The program's side of the authority that Citadel signs with if it makes none itself; meshx/provider implements it."""

from typing import Any, TypedDict

import pulumi

from meshx.join.states import IN_PLACE


class MeshAuthorityArgs(TypedDict):
    """The authority, in the shapes of meshx/provider/mesh_authority_resource.py."""

    namespace: str
    labels: dict[str, str]
    """Labels of the Secret, if the stack makes it."""
    trustDomain: str
    source: str | None
    """`former` for what the mesh signs with that machines come from; None for this mesh's own."""


class MeshAuthority(pulumi.CustomResource):
    """The Secret `cacerts` in the control plane's namespace: an existing one, or a new one.

    **Pulumi Type:** `meshx:index:MeshAuthority`. Its key is in the cluster and nowhere else.
    """

    def __init__(self, name: str, args: MeshAuthorityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        given = {key: value for key, value in args.items() if value is not None}
        props: dict[str, Any] = {**given, "state": IN_PLACE, "made": None, "root": None, "end": None}
        super().__init__("meshx:index:MeshAuthority", name, props, opts)
