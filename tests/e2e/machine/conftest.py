"""The machine that these tests join by the scripts alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.machine.deliveries import MACHINE, Deliveries
from tests.e2e.stack.machine_listing import listing


@pytest.fixture
def machine(sandbox: object) -> Iterator[Deliveries]:
    """A machine outside the mesh, which is outside again in the end."""
    deliveries = Deliveries(MACHINE)
    yield deliveries
    deliveries.leave()


@pytest.fixture
def before(machine: Deliveries) -> dict[str, list[str]]:
    """What stood on the machine before the test."""
    return listing(MACHINE)
