"""The program's side of the roots of trust of a control plane with istiod; meshx/provider implements it."""

from typing import Any, TypedDict

import pulumi

from meshx.join.states import IN_PLACE


class MeshRootsArgs(TypedDict):
    """The roots, in the shapes of meshx/provider/mesh_roots_resource.py."""

    namespace: str
    labels: dict[str, str]
    roots: list[str]
    issuer: dict[str, str]
    """`{certificate, chain}`; empty for whoever issues now."""
    key: str
    """The issuer's key; "" without an issuer."""
    machines: list[str]
    """The names of those that are joined over SSH."""
    noted: bool
    """Whether a RootsOnMachines notes which roots all of these have."""
    istiods: list[str]
    """The Deployments that the stack makes of it."""
    machineSeconds: int
    instanceSeconds: int


class MeshRoots(pulumi.CustomResource):
    """The Secret `cacerts` in the control plane's namespace, and istiod's restart for each change of it.

    **Pulumi Type:** `meshx:index:MeshRoots`. The key is encrypted in the state.
    """

    root: pulumi.Output[str]
    """All roots, as one PEM text."""

    def __init__(self, name: str, args: MeshRootsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        given: dict[str, Any] = {key: value for key, value in args.items() if value not in ({}, "")}
        if "key" in given:
            given["key"] = pulumi.Output.secret(given["key"])
        props = {**given, "state": IN_PLACE, "root": None, "end": None, "standing": None}
        super().__init__("meshx:index:MeshRoots", name, props, opts)
