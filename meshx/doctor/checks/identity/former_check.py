"""The mesh that machines come from: whether both trust both."""

from __future__ import annotations

from collections.abc import Iterator

from meshx.cluster.cluster_client import FORMER_KEY, NOT_ALLOWED, ClusterError
from meshx.control_plane.former.former_mesh import FormerMesh
from meshx.doctor.finding import Finding, fault, note, unknown


def check_former(former: FormerMesh) -> Iterator[Finding]:
    """Say what a preview says."""
    if former.words:
        yield note("former mesh", former.words)
    if former.warning:
        found, _, remedy = former.warning.partition(": ")
        yield fault("former mesh", found, "the two do not trust the same roots", remedy)


def unseen_former(error: ClusterError) -> Finding:
    """A former mesh whose cluster does not say what is asked; this mesh is examined all the same."""
    if error.status in NOT_ALLOWED:
        return unknown("former mesh", str(error))
    cause = f"that cluster is down or out of reach from this computer, or {FORMER_KEY} names another"
    return fault("former mesh", str(error), cause, f"correct {FORMER_KEY}, or leave it out once all have come")
