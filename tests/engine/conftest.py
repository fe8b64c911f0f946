"""The real engine for tests, with a home of its own."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.pulumi.home import prepare
from tests.engine.stack import Stack, make
from tests.engine.yaml_project import YamlProject, yaml_project


@pytest.fixture(scope="session")
def pulumi_environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a prepared Pulumi; builds the engine where it is not built yet."""
    return {**os.environ, **prepare(tmp_path_factory.mktemp("pulumi-home"))}


@pytest.fixture
def new_stack(pulumi_environment: dict[str, str], tmp_path: Path) -> Iterator[Callable[..., Stack]]:
    """Makes a stack; keyword arguments add to its Pulumi.yaml."""

    def new(**project: Any) -> Stack:
        return make(tmp_path, pulumi_environment, project)

    yield new


@pytest.fixture
def stack(new_stack: Callable[..., Stack]) -> Stack:
    """A new, empty stack."""
    return new_stack()


@pytest.fixture(scope="module")
def program(pulumi_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[YamlProject]:
    """The example in YAML, of one mesh."""
    with yaml_project(tmp_path_factory.mktemp("yaml"), pulumi_environment) as made:
        yield made
