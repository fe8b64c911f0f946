"""The mesh that machines come from: whether both trust both."""

from __future__ import annotations

from collections.abc import Iterator

from meshx.control_plane.former.former_mesh import FormerMesh
from meshx.doctor.finding import Finding, fault, note


def check_former(former: FormerMesh) -> Iterator[Finding]:
    """Say what a preview says."""
    if former.words:
        yield note("former mesh", former.words)
    if former.warning:
        found, _, remedy = former.warning.partition(": ")
        yield fault("former mesh", found, "the two do not trust the same roots", remedy)
