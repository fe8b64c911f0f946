"""meshx:rollout: how changes that restart sidecars go through the machines."""

from pydantic import Field

from meshx.config.section import Section

SHORTEST_WAY_BACK = 60
"""With less, a machine would go back before its proxy had a chance to get ready."""


class RolloutConfiguration(Section):
    """How changes that restart sidecars go through the machines over SSH."""

    way_back_seconds: int | None = Field(
        default=None,
        ge=SHORTEST_WAY_BACK,
        le=86400,
        description="Let each machine keep what it was last seen to serve with, and go back to it by itself if a "
        "change is not confirmed in so many seconds. Left out: no way back.",
        examples=[600],
    )
