"""Arguments of a mesh: certificates. Written by `python -m meshx.config.argument_types` from the models."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from typing_extensions import NotRequired


class CertificatesArgs(TypedDict):
    """The certificates that identify machines in the mesh, once they have joined."""

    lifetime_seconds: NotRequired[int]
    """How long a certificate is valid, in seconds; the machine's proxy requests a new one after half of that. A
    machine that is off for longer needs `pulumi up`. Left out: the mesh's own, Istio's default is a day."""
