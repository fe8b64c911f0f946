"""Accounts that may do more than they are for are found."""

import pytest

from policy.rules.rule import Resource
from policy.rules.service_accounts import RULE
from tests.unit.policy.judging import resource, said

NARROW = {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get"]}


@pytest.mark.parametrize(
    ("broad", "named"),
    [
        (
            resource("kubernetes:rbac.authorization.k8s.io/v1:Role", rules=[NARROW, {**NARROW, "verbs": ["*"]}]),
            "rules[1].verbs has '*'",
        ),
        (
            resource("kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding", roleRef={"name": "cluster-admin"}),
            "roleRef is cluster-admin",
        ),
        (
            resource("gcp:compute/instance:Instance", serviceAccount={"scopes": ["cloud-platform"]}),
            "an account of its own",
        ),
        (
            resource(
                "gcp:compute/instanceTemplate:InstanceTemplate",
                serviceAccount={"email": "123-compute@developer.gserviceaccount.com", "scopes": ["cloud-platform"]},
            ),
            "the project's default one",
        ),
        (resource("gcp:projects/iAMMember:IAMMember", role="roles/editor"), "role roles/editor"),
        (resource("gcp:serviceaccount/key:Key", serviceAccountId="vm"), "workload identity federation"),
    ],
)
def test_what_may_do_too_much_is_found(broad: Resource, named: str) -> None:
    assert named in said(RULE, broad)


@pytest.mark.parametrize(
    "narrow",
    [
        resource("kubernetes:rbac.authorization.k8s.io/v1:Role", rules=[NARROW]),
        resource("kubernetes:rbac.authorization.k8s.io/v1:RoleBinding", roleRef={"name": "config-reader"}),
        resource(
            "gcp:compute/instance:Instance",
            serviceAccount={"email": "vm@project.iam.gserviceaccount.com", "scopes": ["cloud-platform"]},
        ),
        resource("gcp:compute/instance:Instance"),
        resource("gcp:projects/iAMMember:IAMMember", role="roles/secretmanager.secretAccessor"),
    ],
)
def test_what_may_do_what_it_is_for_passes(narrow: Resource) -> None:
    assert not said(RULE, narrow)
