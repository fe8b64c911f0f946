"""Two machines of a mesh of 1.4, and the stack of the istiod that they go to; the tests follow both, file by file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.pulumi.home import prepare
from sandbox.traffic import services
from tests.e2e.classic.machine.membership import leave_again_on
from tests.e2e.classic.stand_ins.authority import Authority
from tests.e2e.leaving_classic.new_mesh import NAMES, new_mesh
from tests.e2e.leaving_classic.old_mesh import OldMesh, classic_package, old_control_plane, old_servers
from tests.e2e.leaving_classic.second_cluster import both_clusters, second_cluster
from tests.e2e.machine.deliveries import shell
from tests.e2e.stack.mesh_project import MeshProject, make


@pytest.fixture(scope="package")
def folder(sandbox: object, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of both meshes."""
    return tmp_path_factory.mktemp("leaving-classic")


@pytest.fixture(scope="package")
def authority() -> Authority:
    """The old mesh's root."""
    return Authority()


@pytest.fixture(scope="package")
def old_mesh(folder: Path, authority: Authority) -> Iterator[OldMesh]:
    """The old mesh with both machines in it; they are outside any mesh in the end whatever happened."""
    services.apply()
    with second_cluster(folder) as api:
        old_control_plane(api, authority)
        with old_servers(api, authority, folder):
            mesh = OldMesh(both_clusters(folder), classic_package(folder))
            try:
                for name in NAMES:
                    shell(name, "systemctl enable --now echo-http")
                    mesh.join(name)
                yield mesh
            finally:
                for name in NAMES:
                    shell(name, "systemctl disable --now echo-http")
                    leave_again_on(name)


@pytest.fixture(scope="package")
def project(old_mesh: OldMesh, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MeshProject]:
    """The new mesh's stack, which is still to be made; destroyed in the end whatever happened."""
    project = make(tmp_path_factory.mktemp("stack"), {**os.environ, **prepare()})
    project.configure(new_mesh(old_mesh.kubeconfig))
    yield project
    project.unlock()
    project.pulumi("destroy", "--yes", "--skip-preview")
