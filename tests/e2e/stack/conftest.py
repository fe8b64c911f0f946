"""A project of the program for the tests of stacks."""

import os
from typing import Any

import pytest

from sandbox.pulumi.home import prepare
from tests.e2e.stack.mesh_project import MeshProject, make


def one_machine(config: dict[str, Any]) -> None:
    """Leave of the dev stack vm-1 alone: most tests are of one network, and tests/e2e/networks has the rest."""
    config["workloads"][0]["machines"] = config["workloads"][0]["machines"][:1]
    del config["exposed"]


@pytest.fixture(scope="module")
def new_project(sandbox: object, tmp_path_factory: pytest.TempPathFactory) -> MeshProject:
    """A new, empty stack `dev` of vm-1 alone, with a backend of its own."""
    project = make(tmp_path_factory.mktemp("stack"), {**os.environ, **prepare()})
    project.configure(one_machine)
    return project
