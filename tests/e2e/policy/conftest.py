"""A project of the program that is judged by the policy pack."""

import os

import pytest

from sandbox.pulumi.home import prepare
from sandbox.traffic import services
from tests.e2e.stack.mesh_project import MeshProject, make


@pytest.fixture(scope="module")
def project(sandbox: object, tmp_path_factory: pytest.TempPathFactory) -> MeshProject:
    """A new, empty stack `dev`, as it is in the repository, with the service that it exposes."""
    services.apply()
    return make(tmp_path_factory.mktemp("policy"), {**os.environ, **prepare()})
