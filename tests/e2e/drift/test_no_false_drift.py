"""The nightly check after every kind of `up`: nothing was changed by hand, so it reports nothing.

Each kind of stack is made, made again, changed and changed back. Classic machines have their own place for the same
question, tests/e2e/classic/test_machines.py, since their mesh takes long to raise.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest

from sandbox.pulumi.home import prepare
from sandbox.traffic import services
from tests.e2e.adoption import charts
from tests.e2e.adoption.joining import adopting
from tests.e2e.classic import classic_charts
from tests.e2e.classic.answering import ADDRESS
from tests.e2e.classic.classic_stack import CHARTS_FOLDER, single_network
from tests.e2e.gce.cloud_project import instances_in_place
from tests.e2e.gce.one_instance import MACHINE
from tests.e2e.gce.package_mirror import serving
from tests.e2e.networks.name_server import name_server
from tests.e2e.stack.conftest import one_machine
from tests.e2e.stack.mesh_project import MeshProject, make
from tests.e2e.stack.two_machines import second_machine

pytestmark = pytest.mark.usefixtures("sandbox")

UP = ("up", "--yes", "--skip-preview")
LABEL = {"team": "payments"}
Ground = Callable[[MeshProject], contextlib.AbstractContextManager[None]]
"""Gives a project its kind of stack, with what that stack needs around it while it is there."""


@contextlib.contextmanager
def two_networks_with_names(project: MeshProject) -> Generator[None]:
    """The dev stack as it is, and a domain that the cluster's DNS forwards."""
    with name_server() as server:
        project.configure(lambda config: config.update(dns={"domain": "global", "servers": [server]}))
        yield


@contextlib.contextmanager
def adopted_mesh(project: MeshProject) -> Generator[None]:
    """A machine in a mesh that somebody else installed, its gateway led to istiod by this stack."""
    project.configure(one_machine)
    project.configure(adopting)
    project.configure(lambda config: config["workloads"][0].update(machines=[second_machine()]))
    try:
        charts.install_istiod()
        charts.install_gateway(charts.REVISION)
        yield
    finally:
        charts.remove_gateway()
        charts.remove_istiod()


@contextlib.contextmanager
def an_instance(project: MeshProject) -> Generator[None]:
    """An instance of Compute Engine."""
    with serving() as mirror:
        project.configure(instances_in_place(mirror, project.folder, machines=[MACHINE]))
        yield


@contextlib.contextmanager
def a_group(project: MeshProject) -> Generator[None]:
    """A group of instances."""
    with serving() as mirror:
        group = {"size": 1, "gce": {"startup": "start-echo.sh"}}
        project.configure(instances_in_place(mirror, project.folder, group=group))
        yield


@contextlib.contextmanager
def classic_mesh(project: MeshProject) -> Generator[None]:
    """A mesh of 1.4.10."""
    classic_charts.unpack(project.folder / CHARTS_FOLDER)
    project.configure(single_network)
    project.configure(lambda config: config["mesh"].update(values={"istio": {"standIns": {"address": ADDRESS}}}))
    yield


@pytest.fixture
def project(sandbox: object, tmp_path: Path) -> MeshProject:
    """A new, empty stack `dev`, and the services that it exposes."""
    with pytest.MonkeyPatch.context() as patch:
        # An official `gcp` would ask Google.
        patch.setenv("MESHX_PULUMI", "sandbox")
        environment = prepare()
    services.apply()
    return make(tmp_path, {**os.environ, **environment})


@pytest.mark.parametrize("ground", [two_networks_with_names, adopted_mesh, an_instance, a_group, classic_mesh])
def test_the_nightly_check_reports_nothing_after_an_up(project: MeshProject, ground: Ground) -> None:
    with ground(project):
        try:
            for change in (None, None, _label, _unlabel):
                if change is not None:
                    project.configure(change)
                project.expect(*UP)
                checked = project.expect("refresh", "--preview-only", "--expect-no-changes", "--diff")
                assert set(checked.changes()) <= {"unchanged"}, checked.text
        finally:
            project.unlock()
            project.expect("destroy", "--yes", "--skip-preview")


def _label(config: dict[str, Any]) -> None:
    """A change of nearly every object in the cluster."""
    config["labels"] = LABEL


def _unlabel(config: dict[str, Any]) -> None:
    del config["labels"]
