"""meshx:tokens: the tokens by which machines show istiod who they are, until they have a certificate."""

from typing import Annotated

from pydantic import Field

from meshx.config.section import Section
from meshx.rollout.effect import NOTHING, RENEWED

# The least that Kubernetes' TokenRequest grants (ValidateTokenRequest in pkg/apis/authentication/validation).
SHORTEST_TOKEN = 600


class TokensConfiguration(Section):
    """The tokens with which machines prove their identity to istiod, until they have a certificate."""

    lifetime_seconds: Annotated[int, RENEWED] = Field(
        default=3600, ge=SHORTEST_TOKEN, le=86400, description="How long a token is valid, in seconds."
    )
    pinned: Annotated[bool, NOTHING] = Field(
        default=True,
        description="Have the API server refuse any other token of the machines' service accounts: for another "
        "audience than istiod, or valid for longer. By a ValidatingAdmissionPolicy, with Kubernetes 1.30 or later. "
        "`false`: whoever may request their tokens gets them for any audience, and for years.",
    )
