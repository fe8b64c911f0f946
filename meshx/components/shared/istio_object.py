"""An object of Istio's own kinds, in the version of its API that the mesh's Istio serves."""

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from meshx.istio.api_versions import other_versions


def istio_object(
    name: str,
    api_version: str,
    metadata: kubernetes.meta.v1.ObjectMetaArgs | Mapping[str, Any],
    spec: Mapping[str, Any],
    options: pulumi.ResourceOptions,
    *,
    kind: str,
) -> pulumi.CustomResource:
    """Make the object.

    The state's type token has the version in it. With an upgrade of Istio it changes, and the object stays the same.
    """
    aliases = [pulumi.Alias(type_=f"kubernetes:{other}:{kind}") for other in other_versions(api_version)]
    return kubernetes.apiextensions.CustomResource(
        name,
        api_version=api_version,
        kind=kind,
        metadata=metadata,
        spec=dict(spec),
        opts=pulumi.ResourceOptions.merge(options, pulumi.ResourceOptions(aliases=aliases)),
    )
