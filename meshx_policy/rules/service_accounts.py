"""Accounts have only the rights that they need."""

from __future__ import annotations

from collections.abc import Iterator

from meshx_policy.rules.kubernetes_types import kind_of
from meshx_policy.rules.rule import UNKNOWN, Resource, ResourceRule, Settings, items_of, value_at

_RBAC = "rbac.authorization.k8s.io"
_ALMIGHTY_CLUSTER_ROLES = ("cluster-admin", "admin")
_BROAD_ROLES = ("roles/owner", "roles/editor")
_DEFAULT_ACCOUNT = "-compute@developer.gserviceaccount.com"
_INSTANCES = (
    "gcp:compute/instance:Instance",
    "gcp:compute/instanceTemplate:InstanceTemplate",
    "gcp:compute/regionInstanceTemplate:RegionInstanceTemplate",
)


def violations(resource: Resource, _settings: Settings) -> Iterator[str]:
    """What a role, a binding or an instance's account allows beyond need."""
    group, kind = kind_of(resource.type)
    if group == _RBAC and kind in ("Role", "ClusterRole"):
        yield from _of_role(resource)
    if group == _RBAC and kind in ("RoleBinding", "ClusterRoleBinding"):
        yield from _of_binding(resource)
    if resource.type in _INSTANCES:
        yield from _of_instance(resource)
    if resource.type.startswith("gcp:") and "IAM" in resource.type and resource.at("role") in _BROAD_ROLES:
        yield f"role {resource.at('role')} may change nearly everything. Grant only the needed roles"
    if resource.type == "gcp:serviceaccount/key:Key":
        yield (
            "a key of a service account is valid until somebody deletes it. Remove it: instances get their account's "
            "tokens from the metadata server, and pipelines with workload identity federation"
        )


def _of_role(resource: Resource) -> Iterator[str]:
    for position, rule in enumerate(items_of(resource.at("rules"))):
        for key in ("apiGroups", "resources", "verbs"):
            if "*" in items_of(value_at(rule, key)):
                yield f"rules[{position}].{key} has '*', which is everything. Name what is needed"


def _of_binding(resource: Resource) -> Iterator[str]:
    role = resource.at("roleRef", "name")
    if role in _ALMIGHTY_CLUSTER_ROLES:
        yield f"roleRef is {role}, which may do everything. Bind a Role that names what is needed"


def _of_instance(resource: Resource) -> Iterator[str]:
    account = resource.at("serviceAccount")
    if account is None or account is UNKNOWN:
        return
    email = value_at(account, "email")
    if email is None or (isinstance(email, str) and email.endswith(_DEFAULT_ACCOUNT)):
        yield (
            "serviceAccount is the project's default one, which may change the whole project. Give the instance its "
            "own account, with the roles that it needs (`serviceAccount.email`)"
        )


RULE = ResourceRule(
    "least-privilege",
    "Roles name what they allow, nobody is bound to cluster-admin, instances have their own accounts without keys.",
    violations,
)
