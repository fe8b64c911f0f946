"""Arguments of a mesh: cluster. Written by `python -m meshx.config.argument_types` from the models."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from os import PathLike

    import pulumi
    from typing_extensions import NotRequired


class ClusterArgs(TypedDict):
    """The Kubernetes cluster that the mesh runs on."""

    context: pulumi.Input[str]
    """The kubeconfig's context, which names cluster and user. Always explicit, so that a stack never uses the
    current context of the person who runs it."""
    kubeconfig_file: NotRequired[str | PathLike[str]]
    """The kubeconfig. Left out: what the Kubernetes client finds, `KUBECONFIG` or `~/.kube/config`."""
    services_cidr: NotRequired[str]
    """The range of the services' addresses. No machine's address may be in it. Two, with a comma between, in a
    cluster of both families. `auto`: not compared."""
    pods_cidr: NotRequired[str]
    """The range of the pods' addresses, for the firewall rules of instances; no machine that pods call may have one
    of them. Two, with a comma between, in a cluster of both families: `10.244.0.0/16,fd44::/56`. `auto`: what GKE says,
    and not compared."""
    endpoint: NotRequired[pulumi.Input[str]]
    """The API server's address for machines whose network has `apiServer: endpoint`. `auto`: what GKE says; for
    other clusters the kubeconfig."""
