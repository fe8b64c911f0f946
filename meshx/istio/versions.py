"""Versions of Istio, and the two lines, which join machines in different ways."""

from enum import Enum

FIRST_ISTIOD = (1, 20)
FIRST_DEFINING = (1, 24)
"""The first version whose chart `base` has its definitions among its templates."""
SUPPORTED = "1.1 to 1.4, or 1.20 and later"


class IstioLine(Enum):
    """How machines join in a version of Istio."""

    CLASSIC = "classic"  # 1.1 to 1.4: Citadel's keys, mesh expansion
    ISTIOD = "istiod"  # 1.20 and later: tokens, WorkloadGroup and WorkloadEntry with health


def minor_version(version: str) -> tuple[int, int]:
    """The first two numbers of a checked version: (1, 31) for 1.31.2."""
    major, minor = version.partition("-")[0].split(".")[:2]
    return int(major), int(minor)


def line_of(version: str) -> IstioLine:
    """The line of a checked version."""
    return IstioLine.ISTIOD if minor_version(version) >= FIRST_ISTIOD else IstioLine.CLASSIC
