"""The ground of these tests: the stand-in on a cloud with nothing in it. An official plugin would need an account."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.paths import REPO
from tests.conformance.engine import Engine, engine_on

STAND_IN = (sys.executable, "-m", "sandbox.pulumi.gcp")
PLACES = {"project": "meshx-sandbox", "region": "europe-west1", "zone": "europe-west1-b"}


@pytest.fixture(scope="package")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The state of a sandbox that is not up: a cloud that remembers, and runs nothing."""
    return tmp_path_factory.mktemp("state")


@pytest.fixture(scope="package")
def engine(state: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The stand-in, configured with the cloud's places."""
    environment = {"PYTHONPATH": str(REPO), "MESHX_SANDBOX_STATE": str(state)}
    with engine_on(STAND_IN, "gcp", environment, tmp_path_factory.mktemp("project")) as started:
        started.configure(**PLACES)
        yield started
