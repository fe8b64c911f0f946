"""A project folder."""

from pathlib import Path

import pytest

from tests.unit.reachability.stacks import fill


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all that a configuration names."""
    return fill(tmp_path_factory.mktemp("reachability"))
