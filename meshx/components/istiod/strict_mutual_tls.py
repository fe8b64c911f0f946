"""Strict mutual TLS for a whole mesh."""

import pulumi
import pulumi_kubernetes as kubernetes

from meshx.istio.api_versions import SECURITY
from meshx.istio.namespaces import SYSTEM_NAMESPACE

NAME = "default"


def strict_mutual_tls(
    labels: dict[str, str], control_plane: list[pulumi.Resource], parent: pulumi.Resource
) -> pulumi.Resource:
    """The PeerAuthentication that makes every workload accept only callers with a mesh certificate.

    Without a selector and in the control plane's namespace it applies to all workloads without another one (istio.io,
    reference of PeerAuthentication). labels: its labels. control_plane: what must exist first.
    """
    return kubernetes.apiextensions.CustomResource(
        "strict-mutual-tls",
        api_version=SECURITY,
        kind="PeerAuthentication",
        metadata={"name": NAME, "namespace": SYSTEM_NAMESPACE, "labels": labels},
        spec={"mtls": {"mode": "STRICT"}},
        opts=pulumi.ResourceOptions(parent=parent, depends_on=control_plane),
    )
