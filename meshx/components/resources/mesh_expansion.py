"""Mesh expansion in the cluster, found or completed, as the program sees it; what is done is in meshx/provider."""

from collections.abc import Iterable
from typing import Any, TypedDict

import pulumi

from meshx.istio.expansion_objects import ExpansionObject
from meshx.join.states import IN_PLACE


class MeshExpansionArgs(TypedDict):
    """What has to be there; the shapes are those of meshx/provider/mesh_expansion_resource.py."""

    namespace: str
    labels: dict[str, str]
    """Labels of what has to be made."""
    objects: list[dict[str, Any]]
    unexpected: list[dict[str, Any]]
    deployments: list[str]
    gateway: dict[str, Any]
    """The Service whose ports are to be opened, `{name, namespace, ports: {name: port}}`; {} where they are open."""
    waitSeconds: int
    remedy: str


class MeshExpansion(pulumi.CustomResource):
    """All that mesh expansion consists of: waited for, compared, and made where it is missing.

    **Pulumi Type:** `meshx:index:MeshExpansion`. What `istioctl verify-install` looks at, and the guides' table of
    resources.
    """

    def __init__(self, name: str, args: MeshExpansionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        props: dict[str, Any] = {**args, "state": IN_PLACE, "made": None}
        super().__init__("meshx:index:MeshExpansion", name, props, opts)


def expansion_inputs(objects: Iterable[ExpansionObject]) -> list[dict[str, Any]]:
    """Objects as the resource's inputs have them: `{apiVersion, kind, name, content}`."""
    return [
        {"apiVersion": one.api_version, "kind": one.kind, "name": one.name, "content": dict(one.content)}
        for one in objects
    ]
