"""A stack of the classic line, the charts it installs, and who stands in for its control plane."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from kubernetes import client

from sandbox.kubernetes import cluster, pods
from sandbox.pulumi.home import prepare
from sandbox.traffic import services
from tests.e2e.classic import classic_charts
from tests.e2e.classic.classic_stack import CHARTS_FOLDER, single_network
from tests.e2e.classic.stand_ins import endpoints
from tests.e2e.classic.stand_ins.authority import Authority
from tests.e2e.classic.stand_ins.citadel import Citadel
from tests.e2e.classic.stand_ins.followed_citadel import FollowedCitadel
from tests.e2e.classic.stand_ins.pilot import pilot
from tests.e2e.classic.stand_ins.pod_sidecar import calling_sidecar
from tests.e2e.classic.stand_ins.tls_server import TlsServer
from tests.e2e.classic.workload_objects import VMHTTP
from tests.e2e.stack.mesh_project import MeshProject, make


@pytest.fixture(scope="module")
def new_project(sandbox: object, tmp_path_factory: pytest.TempPathFactory) -> MeshProject:
    """A new, empty stack `dev` of 1.4.10 and no machine, its charts in a folder of the project."""
    project = make(tmp_path_factory.mktemp("classic"), {**os.environ, **prepare()})
    classic_charts.unpack(project.folder / CHARTS_FOLDER)
    project.configure(single_network)
    return project


@pytest.fixture(scope="module")
def bare_services(sandbox: object) -> None:
    """The sandbox's services, and in their pods no sidecar that another mesh left: it would hide who called."""
    services.apply()
    for pod in pods.list_pods(services.NAMESPACE):
        client.CoreV1Api(cluster.api()).delete_namespaced_pod(pod.metadata.name, services.NAMESPACE)
    services.apply()


@pytest.fixture(scope="module")
def citadel(sandbox: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Citadel]:
    """The Citadel of the cluster, which serves the machines' namespace."""
    running = FollowedCitadel(Authority(), tmp_path_factory.mktemp("citadel"), ["vm"])
    yield running
    running.close()


@pytest.fixture(scope="module")
def discovery(citadel: Citadel, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TlsServer]:
    """Pilot's port."""
    running = pilot(citadel.authority, tmp_path_factory.mktemp("pilot"))
    yield running
    running.close()


@pytest.fixture
def vmhttp() -> Iterator[str]:
    """The URL by which a pod's sidecar calls the machines' workload, wherever Pilot sends it."""
    with endpoints.discovery(), calling_sidecar(services.NAMESPACE, VMHTTP, 8080) as url:
        yield url
