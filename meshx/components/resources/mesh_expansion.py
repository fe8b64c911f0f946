"""The program's side of mesh expansion in the cluster, found or completed; meshx/provider implements it."""

from typing import Any, TypedDict

import pulumi

from meshx.join.states import IN_PLACE


class MeshExpansionArgs(TypedDict):
    """What must exist, in the shapes of meshx/provider/mesh_expansion_resource.py."""

    namespace: str
    labels: dict[str, str]
    """Labels of the objects that it makes."""
    objects: list[dict[str, Any]]
    unexpected: list[dict[str, Any]]
    deployments: list[str]
    gateway: dict[str, Any]
    """The Service whose ports it opens, `{name, namespace, ports: {name: port}}`; {} if they are open."""
    waitSeconds: int
    remedy: str


class MeshExpansion(pulumi.CustomResource):
    """The objects of mesh expansion: it waits for them, compares them, and makes missing ones.

    **Pulumi Type:** `meshx:index:MeshExpansion`. It covers what `istioctl verify-install` checks, and the guides' table
    of resources.
    """

    def __init__(self, name: str, args: MeshExpansionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        props: dict[str, Any] = {**args, "state": IN_PLACE, "made": None}
        super().__init__("meshx:index:MeshExpansion", name, props, opts)
