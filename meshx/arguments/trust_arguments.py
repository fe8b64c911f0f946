"""Arguments of a mesh: trust. Written by `python -m meshx.config.argument_types` from the models."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pulumi
    from typing_extensions import NotRequired


class IssuerArgs(TypedDict):
    """The authority by which istiod issues certificates; `meshx:trustKey` is its key."""

    certificate: pulumi.Input[str]
    """Its certificate. It may be a root itself."""
    chain: NotRequired[pulumi.Input[str]]
    """The certificates between it and its root, in any order. Left out: a root signed it."""


class TrustArgs(TypedDict):
    """The mesh's roots of trust and who issues by them, for a control plane that the stack installs."""

    roots: Sequence[pulumi.Input[str]]
    """The root certificates that the mesh trusts: one, or two while one replaces the other."""
    issuer: NotRequired[IssuerArgs]
    """The authority by which istiod issues. Left out: whoever issues now goes on, with the key that the cluster has.
    Required before anybody issues."""
