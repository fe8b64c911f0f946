"""Strict mutual TLS for a whole mesh."""

import pulumi

from meshx.components.shared.istio_object import istio_object
from meshx.istio.api_versions import SECURITY_GROUP
from meshx.istio.namespaces import SYSTEM_NAMESPACE
from meshx.stack.logical_names import named

NAME = "default"


def strict_mutual_tls(
    labels: dict[str, str], version: str, control_plane: list[pulumi.Resource], parent: pulumi.Resource
) -> pulumi.Resource:
    """The PeerAuthentication that makes every workload accept only callers with a mesh certificate.

    Without a selector and in the control plane's namespace it applies to all workloads without another one (istio.io,
    reference of PeerAuthentication). labels: its labels. version: of Istio's API. control_plane: what must exist first.
    """
    return istio_object(
        named("strict-mutual-tls"),
        f"{SECURITY_GROUP}/{version}",
        {"name": NAME, "namespace": SYSTEM_NAMESPACE, "labels": labels},
        {"mtls": {"mode": "STRICT"}},
        pulumi.ResourceOptions(parent=parent, depends_on=control_plane),
        kind="PeerAuthentication",
    )
