"""The stack that the tests of this folder follow, file by file: what one has made the next goes on with."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from sandbox.pulumi.home import prepare
from tests.e2e.rollout.rollout_stack import NAMES, serving
from tests.e2e.stack.conftest import one_machine
from tests.e2e.stack.mesh_project import MeshProject, make
from tests.e2e.stack.two_machines import two_machines
from tests.e2e.steady.test_steady_traffic import quick_probe


@pytest.fixture(scope="package")
def project(sandbox: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MeshProject]:
    """A stack of two machines that knows no rollout; destroyed in the end whatever happened."""
    project = make(tmp_path_factory.mktemp("stack"), {**os.environ, **prepare()})
    for change in (one_machine, two_machines, quick_probe):
        project.configure(change)
    with serving(project, NAMES) as up:
        yield up
