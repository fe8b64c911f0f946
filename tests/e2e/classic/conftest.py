"""A stack of the classic line, and the charts it installs."""

from __future__ import annotations

import os

import pytest

from sandbox.pulumi.home import prepare
from tests.e2e.classic import classic_charts
from tests.e2e.classic.classic_stack import CHARTS_FOLDER, single_network
from tests.e2e.stack.mesh_project import MeshProject, make


@pytest.fixture(scope="module")
def new_project(sandbox: object, tmp_path_factory: pytest.TempPathFactory) -> MeshProject:
    """A new, empty stack `dev` of 1.4.10 and no machine, its charts in a folder of the project."""
    project = make(tmp_path_factory.mktemp("classic"), {**os.environ, **prepare()})
    classic_charts.unpack(project.folder / CHARTS_FOLDER)
    project.configure(single_network)
    return project
