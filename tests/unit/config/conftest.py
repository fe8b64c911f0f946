"""A project folder, a configuration that stands, and what is said of one that does not."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from project_folder import make_project, standing_configuration

from meshx.config.errors.problems import ConfigurationError
from meshx.config.loading import load
from meshx.config.stack import StackConfiguration

Values = dict[str, Any]


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project folder with keys, kubeconfig, charts and package."""
    return make_project(tmp_path_factory.mktemp("project"))


@pytest.fixture
def values() -> Values:
    """A configuration with one workload of two machines; tests change what they are about."""
    return standing_configuration("1.31")


@pytest.fixture
def loaded(project: Path) -> Callable[[Values], StackConfiguration]:
    """Loads values that are to stand."""
    return lambda values: load(values, project)


@pytest.fixture
def refused(project: Path) -> Callable[[Values], dict[str, str]]:
    """What is said of values that are not to stand: what is wrong and the remedy, by path."""

    def problems_of(values: Values) -> dict[str, str]:
        with pytest.raises(ConfigurationError) as raised:
            load(values, project)
        said: dict[str, str] = {}
        for problem in raised.value.problems:
            said[problem.path] = f"{said.get(problem.path, '')}{problem.wrong} -> {problem.remedy}\n"
        return said

    return problems_of


@pytest.fixture
def inventory(project: Path) -> Iterator[Callable[[dict[str, str | bytes]], None]]:
    """Writes files into the folder `inventory` of the project, in place of those before."""
    folder = project / "inventory"

    def write(files: dict[str, str | bytes]) -> None:
        empty()
        folder.mkdir(exist_ok=True)
        for name, content in files.items():
            (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())

    def empty() -> None:
        for file in folder.glob("*"):
            file.unlink()

    yield write
    empty()
