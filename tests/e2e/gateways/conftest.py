"""The sandbox with a load balancer of this tree's, which gives host names."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox import parts
from tests.e2e.stack.mesh_project import MeshProject


@pytest.fixture(scope="package")
def balancers(sandbox: object) -> None:
    """Its process is new, for it remembers who has which name."""
    parts.stop("loadbalancer")
    parts.start("loadbalancer")


def ended(project: MeshProject) -> Iterator[MeshProject]:
    """A project that is destroyed in the end whatever happened."""
    yield project
    project.unlock()
    project.pulumi("destroy", "--yes", "--skip-preview")
