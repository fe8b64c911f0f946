"""Arguments of a mesh: tokens. Written by `python -m meshx.config.argument_types` from the models."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from typing_extensions import NotRequired


class TokensArgs(TypedDict):
    """The tokens with which machines prove their identity to istiod, until they have a certificate."""

    lifetime_seconds: NotRequired[int]
    """How long a token is valid, in seconds."""
    pinned: NotRequired[bool]
    """Have the API server refuse any other token of the machines' service accounts: for another audience than
    istiod, or valid for longer. By a ValidatingAdmissionPolicy, with Kubernetes 1.30 or later. `false`: whoever may
    request their tokens gets them for any audience, and for years."""
