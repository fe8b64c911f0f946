"""Arguments of a mesh: dns. Written by `python -m meshx.config.argument_types` from the models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypedDict

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pulumi
    from typing_extensions import NotRequired


class DnsArgs(TypedDict):
    """A domain that the cluster's DNS forwards."""

    servers: NotRequired[Sequence[pulumi.Input[str]]]
    """The servers for the domain. Left out: the cluster's DNS stays as it is; on the classic line it may forward to
    istiocoredns."""
    domain: NotRequired[str]
    """The domain, with all names below it."""
    istiocoredns: NotRequired[bool]
    """Classic line, with machines on other networks: without `servers`, the cluster's DNS forwards `global` to
    istiocoredns, so that pods resolve `<service>.<namespace>.global`. `false`: the cluster's DNS stays as it is."""
    kind: NotRequired[Literal["auto", "coredns", "kube-dns"]]
    """The cluster's DNS server. `auto`: whichever of the two runs there."""
