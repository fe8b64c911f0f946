"""meshx:rollout: how changes that restart sidecars go through the machines."""

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from meshx.config.errors.words import OrNumber, Words, quote, refuse, show
from meshx.config.section import Listed, Section
from meshx.rollout.effect import FILE, NOTHING
from meshx.rollout.waves import is_size

SIZES = 'a number of machines from 1, or a share from "1%" to "100%"'
SHORTEST_WAY_BACK = 60
"""With less, a machine would go back before its proxy had a chance to get ready."""


def as_text(size: object) -> object:
    """A whole number as its text."""
    if isinstance(size, float | bool):
        refuse(f"{show(size)} is no size of a wave", SIZES)
    return str(size) if isinstance(size, int) else size


def wave_size(size: str) -> str:
    """How many machines a wave and all before it reach: a number from 1, or a share."""
    if not is_size(size):
        refuse(f"{quote(size)} is no size of a wave", SIZES)
    return size


WaveSize = Annotated[
    str,
    BeforeValidator(as_text),
    AfterValidator(wave_size),
    Words('a number of machines, or a share such as "25%"'),
    OrNumber(),
]


class RolloutConfiguration(Section):
    """How changes that restart sidecars go through the machines over SSH."""

    waves: Annotated[Listed[WaveSize], NOTHING] = Field(
        default=(),
        description="How many machines of the mesh each wave and those before it reach: numbers, or shares. The last "
        'is "100%". A wave begins when the one before has held. Left out: all at once, by turns within a workload.',
        examples=[[1, "25%", "100%"]],
    )
    pause_seconds: Annotated[int, NOTHING] = Field(
        default=60,
        ge=0,
        le=3600,
        description="How long the machines of a wave have to hold before the next begins, in seconds.",
    )
    max_unavailable: Annotated[int | None, NOTHING] = Field(
        default=None,
        ge=1,
        le=1000,
        description="How many machines of a workload may restart at once, whatever the wave's size. Left out: a "
        "quarter of those that want to, at least one.",
        examples=[1],
    )
    allow_downgrade: Annotated[bool, NOTHING] = Field(
        default=False,
        description="Install packages of a lower version than a machine has. `false`: such a package is refused, if "
        "anything is written here.",
    )
    way_back_seconds: Annotated[int | None, FILE] = Field(
        default=None,
        ge=SHORTEST_WAY_BACK,
        le=86400,
        description="Let each machine keep what it was last seen to serve with, and go back to it by itself if a "
        "change is not confirmed in so many seconds. Left out: no way back.",
        examples=[600],
    )

    @property
    def is_written(self) -> bool:
        """Whether anything is written, so that upgrades are checked."""
        return bool(self.model_fields_set)
