"""The dev stack as it is, with a machine on each of two networks, followed by all tests of this folder.

Its mesh trusts a root that was there before it, as several clusters of one mesh do.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from kubernetes import client

from sandbox.kubernetes import cluster
from sandbox.pulumi.home import prepare
from sandbox.traffic import services
from tests.e2e.networks import shared_root
from tests.e2e.stack.mesh_project import MeshProject, make, owner_in


@pytest.fixture(scope="package")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the stack is."""
    return tmp_path_factory.mktemp("networks")


@pytest.fixture(scope="package")
def root(sandbox: object, folder: Path) -> bytes:
    """The root certificate that several clusters share, given to this one before there is a mesh."""
    return shared_root.give_to_cluster(owner_in(folder))


@pytest.fixture(scope="package")
def project(root: bytes, folder: Path) -> Iterator[MeshProject]:
    """The stack, up; destroyed in the end whatever happened."""
    made = make(folder, {**os.environ, **prepare()})
    services.apply()
    made.expect("preview")  # nothing of a mesh is there yet, and all look-ups are made
    begun = time.monotonic()
    made.expect("up", "--yes", "--skip-preview")
    print(f"pulumi up of two networks on an empty cluster: {time.monotonic() - begun:.1f} s")
    services.restart_uninjected()
    yield made
    made.unlock()
    made.pulumi("destroy", "--yes", "--skip-preview")


@pytest.fixture(scope="package")
def others(project: MeshProject) -> Iterator[None]:
    """Two more Services in front of httpbin's pods: `web` as HTTP, `raw` as TCP."""
    core = client.CoreV1Api(cluster.api())
    for name, port in (("web", 8000), ("raw", 9000)):
        protocol = {"web": "http", "raw": "tcp"}[name]
        listed = [client.V1ServicePort(name=protocol, port=port, target_port=8080)]
        spec = client.V1ServiceSpec(selector={"app": "httpbin"}, ports=listed)
        core.create_namespaced_service("bar", client.V1Service(metadata=client.V1ObjectMeta(name=name), spec=spec))
    yield
    for name in ("web", "raw"):
        core.delete_namespaced_service(name, "bar")
