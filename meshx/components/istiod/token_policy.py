"""The API server's own policy for tokens of machines' service accounts."""

from typing import Any, cast

import pulumi
import pulumi_kubernetes as kubernetes

from meshx.components.shared.mesh_context import MeshContext
from meshx.istio.token_rules import token_policy_spec
from meshx.istio.unambiguous_names import sum_of
from meshx.stack.logical_names import named
from meshx.stack.plugin_functions import UnknownClusterError, asked

NAME = "token-policy"


def token_policy(context: MeshContext, mesh: pulumi.Resource, part: str = "") -> list[pulumi.Resource]:
    """Make the policy and its binding, for the service accounts that the stack makes.

    None where it makes none, or where the cluster has no such policies, which is reported.

    mesh: their parent. part: the name of the part that has the accounts, "" for a whole mesh.
    """
    configuration, owner = context.configuration, context.owner
    audience = context.control_plane.facts.token_audience
    accounts = [
        f"{workload.namespace}/{account}"
        for workload in configuration.workloads
        if workload.create_service_account
        for account in (*workload.revoked_accounts, workload.account)
    ]
    if not accounts or not configuration.tokens.pinned:
        return []
    if not _served(mesh):
        pulumi.log.warn(
            "the cluster has no ValidatingAdmissionPolicy (Kubernetes 1.30 and later have), so whoever may request "
            "tokens of the machines' service accounts gets them for any audience and lifetime: grant `create` on "
            "serviceaccounts/token to nobody else",
            mesh,
        )
        return []
    # Objects of the whole cluster, beside those of other stacks.
    name = f"meshx-tokens-{sum_of((owner.mark, part) if part else (owner.mark,), 10)}"
    metadata = kubernetes.meta.v1.ObjectMetaArgs(name=name, labels=context.labels)
    policy = kubernetes.admissionregistration.v1.ValidatingAdmissionPolicy(
        named(NAME),
        metadata=metadata,
        spec=cast("Any", token_policy_spec(accounts, audience, configuration.tokens.lifetime_seconds)),
        opts=pulumi.ResourceOptions(parent=mesh),
    )
    binding = kubernetes.admissionregistration.v1.ValidatingAdmissionPolicyBinding(
        named(NAME),
        metadata=metadata,
        spec={"policy_name": name, "validation_actions": ["Deny"]},
        opts=pulumi.ResourceOptions(parent=mesh, depends_on=[policy]),
    )
    return [policy, binding]


def _served(mesh: pulumi.Resource) -> bool:
    """Whether the cluster has such policies; taken to be so in a preview that does not know the cluster yet."""
    try:
        return bool(asked("meshx:index:admissionPolicies", {}, mesh)["served"])
    except UnknownClusterError:
        return True
