"""Refusals of what was found in a cluster, as the engine prints them."""

from collections.abc import Generator
from contextlib import contextmanager

import pulumi

from meshx.cluster.services_range import UnknownServicesRangeError
from meshx.control_plane.unfit_mesh import UnfitMeshError


@contextmanager
def refusing() -> Generator[None, None, None]:
    """Raise pulumi.RunError for a cluster that does not fit: of that kind alone the engine prints the text only."""
    try:
        yield
    except (UnfitMeshError, UnknownServicesRangeError) as error:
        raise pulumi.RunError(str(error)) from None
