"""The stack that the tests of this folder follow: what one has made the next goes on with."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.builds import artifact
from sandbox.pulumi.home import prepare
from sandbox.traffic import services
from tests.e2e.revisions.istiod_before import charts_before, image_before, istio
from tests.e2e.revisions.two_control_planes import label_pods_namespace
from tests.e2e.rollout.rollout_stack import NAMES, package_of_all, rollout, serving
from tests.e2e.stack.conftest import one_machine
from tests.e2e.stack.mesh_project import MeshProject, make
from tests.e2e.stack.two_machines import two_machines
from tests.e2e.steady.test_steady_traffic import quick_probe


@pytest.fixture(scope="package")
def before(sandbox: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The charts of Istio's version before, whose istiod the node has."""
    with image_before(tmp_path_factory.mktemp("image")):
        yield charts_before(tmp_path_factory.mktemp("charts"))


@pytest.fixture(scope="package")
def project(before: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MeshProject]:
    """A stack of two machines, all of the version before, whose control plane has no revision; destroyed in the end
    whatever happened."""
    project = make(tmp_path_factory.mktemp("stack"), {**os.environ, **prepare()})
    waves = rollout(waves=[1, "100%"], pauseSeconds=5, wayBackSeconds=400)
    package = package_of_all(artifact("sidecar-package-before") / "istio-sidecar.deb")
    for change in (one_machine, two_machines, quick_probe, istio(before), package, waves):
        project.configure(change)
    try:
        with serving(project, NAMES) as up:
            yield up
    finally:
        label_pods_namespace(injection="enabled", revision=None)
        services.apply()
