"""The ground of the conformance tests: an API server, and each kubernetes plugin that there is to be asked."""

import itertools
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from kubernetes.client import CoreV1Api
from kubernetes.config import new_client_from_config

from sandbox.builds import artifact
from sandbox.paths import REPO
from tests.conformance.api_server import ApiServer, running
from tests.conformance.engine import Engine, engine_on

_NUMBERS = itertools.count(1)
STAND_IN = (sys.executable, "-m", "sandbox.pulumi.kubernetes")
_OFFICIAL = "pulumi-resource-kubernetes"


def _plugins() -> list[tuple[str, ...]]:
    """The commands of the plugins on this machine; an official one is asked too where its binary is on PATH."""
    official = shutil.which(_OFFICIAL)
    return [STAND_IN, *([(official,)] if official else [])]


@pytest.fixture(scope="session")
def api_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    """One API server for all tests of a run."""
    with running(tmp_path_factory.mktemp("api-server")) as server:
        yield server


@pytest.fixture(scope="session", params=_plugins(), ids=lambda command: Path(command[0]).name)
def plugin_command(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """The command that starts the plugin under test."""
    return request.param


@pytest.fixture(scope="session")
def environment() -> dict[str, str]:
    """What a plugin's process needs beside the test's own environment."""
    return {"PYTHONPATH": str(REPO), "PATH": f"{artifact('helm')}{os.pathsep}{os.environ['PATH']}"}


@pytest.fixture(scope="session")
def engine(
    plugin_command: tuple[str, ...],
    environment: dict[str, str],
    api_server: ApiServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Engine]:
    """The plugin with an administrator's kubeconfig and no other configuration."""
    with engine_on(plugin_command, "kubernetes", environment, tmp_path_factory.mktemp("project")) as started:
        started.configure(kubeconfig=str(api_server.kubeconfig))
        yield started


@pytest.fixture(scope="session")
def core(api_server: ApiServer) -> CoreV1Api:
    """The cluster as somebody else sees and changes it."""
    return CoreV1Api(new_client_from_config(str(api_server.kubeconfig)))


@pytest.fixture
def namespace(core: CoreV1Api) -> str:
    """A namespace of the test's own."""
    name = f"test-{next(_NUMBERS)}-{os.getpid()}"
    core.create_namespace({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    return name
