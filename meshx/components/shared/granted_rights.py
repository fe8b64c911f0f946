"""A Role with single rights, and its binding."""

from collections.abc import Iterable, Sequence
from typing import TypedDict

import pulumi
import pulumi_kubernetes as kubernetes

from meshx.components.shared.instance_terms import Right

GROUP = "rbac.authorization.k8s.io"


class Grant(TypedDict):
    """Who may do what in one namespace."""

    role_name: str
    """The Role's name, and that of its binding."""
    namespace: str
    labels: dict[str, str]
    rights: Iterable[Right]
    users: Sequence[pulumi.Input[str]]
    """Their names for the API server."""


def granted(name: str, grant: Grant, options: pulumi.ResourceOptions) -> pulumi.Resource:
    """Make a Role and its binding, with this name in the state; returns the binding: the rights apply once it
    exists."""
    metadata = kubernetes.meta.v1.ObjectMetaArgs(
        name=grant["role_name"], namespace=grant["namespace"], labels=grant["labels"]
    )
    role = kubernetes.rbac.v1.Role(
        name,
        metadata=metadata,
        rules=[
            {"api_groups": [""], "resources": [right.resource], "resource_names": [right.name], "verbs": [right.verb]}
            for right in grant["rights"]
        ],
        opts=options,
    )
    return kubernetes.rbac.v1.RoleBinding(
        name,
        metadata=metadata,
        role_ref=kubernetes.rbac.v1.RoleRefArgs(api_group=GROUP, kind="Role", name=grant["role_name"]),
        subjects=[{"api_group": GROUP, "kind": "User", "name": user} for user in grant["users"]],
        opts=pulumi.ResourceOptions.merge(options, pulumi.ResourceOptions(depends_on=[role])),
    )
