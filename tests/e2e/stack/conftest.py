"""A project of the program for the tests of stacks."""

import os

import pytest

from sandbox.pulumi.home import prepare
from tests.e2e.stack.mesh_project import MeshProject, make


@pytest.fixture(scope="module")
def new_project(sandbox: object, tmp_path_factory: pytest.TempPathFactory) -> MeshProject:
    """A new, empty stack `dev` with a backend of its own."""
    return make(tmp_path_factory.mktemp("stack"), {**os.environ, **prepare()})
