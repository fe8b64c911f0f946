"""Mutual TLS as the rule of a whole mesh."""

import pulumi
import pulumi_kubernetes as kubernetes

from meshx.istio.api_versions import SECURITY
from meshx.istio.namespaces import SYSTEM_NAMESPACE

NAME = "default"


def strict_mutual_tls(
    labels: dict[str, str], control_plane: list[pulumi.Resource], parent: pulumi.Resource
) -> pulumi.Resource:
    """The PeerAuthentication by which every workload of the mesh takes calls with a certificate of the mesh only.

    Without a selector and in the control plane's namespace it holds for all that have no other (istio.io, reference of
    PeerAuthentication). labels: of everything that is made. control_plane: what must be there first.
    """
    return kubernetes.apiextensions.CustomResource(
        "strict-mutual-tls",
        api_version=SECURITY,
        kind="PeerAuthentication",
        metadata={"name": NAME, "namespace": SYSTEM_NAMESPACE, "labels": labels},
        spec={"mtls": {"mode": "STRICT"}},
        opts=pulumi.ResourceOptions(parent=parent, depends_on=control_plane),
    )
