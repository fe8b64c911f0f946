"""Somebody else's mesh, raised once for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.kubernetes import cluster
from sandbox.traffic import services
from tests.e2e.adoption import charts
from tests.e2e.stack.conftest import new_project

__all__ = ["new_project"]

EXPOSURE = Path(__file__).with_name("exposure.yaml")


@pytest.fixture(scope="package")
def mesh(sandbox: object) -> Iterator[None]:
    """Their istiod of revision canary, their gateway, and the sandbox's services in their mesh."""
    try:
        charts.install_istiod()
        charts.install_gateway(charts.REVISION)
        cluster.apply(EXPOSURE)
        services.apply()
        services.restart_uninjected()
        yield
    finally:
        charts.remove_gateway()
        charts.remove_istiod()
