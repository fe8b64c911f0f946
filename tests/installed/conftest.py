"""One wheel and one environment for all tests of what is installed: making them takes half a minute."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sandbox.pulumi.home import prepare
from tests.installed.wheel import Installed, build, install


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of the checkout as it is."""
    return build(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """An environment that has the wheel, for the policies too, and can't read the checkout."""
    return install(tmp_path_factory.mktemp("installed") / ".venv", wheel, "policy")


@pytest.fixture(scope="session")
def pulumi_environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a prepared Pulumi with a home of its own."""
    return {**os.environ, **prepare(tmp_path_factory.mktemp("pulumi"))}
