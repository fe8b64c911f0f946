"""The surroundings of a join: a namespace with its service account, Citadel and Pilot, a machine outside the mesh.

They end with the tests of this folder: those beside it have a Citadel, a Pilot and a namespace `vm` of their own.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from kubernetes import client
from kubernetes.client.exceptions import ApiException

from sandbox.kubernetes import cluster
from tests.e2e.classic.machine.membership import ACCOUNT, NAMESPACE, Membership, leave_again
from tests.e2e.classic.stand_ins.authority import Authority
from tests.e2e.classic.stand_ins.citadel import Citadel
from tests.e2e.classic.stand_ins.pilot import pilot
from tests.e2e.classic.stand_ins.tls_server import TlsServer

GONE_SECONDS = 60


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the packages that were built so far."""
    return tmp_path_factory.mktemp("packages")


@pytest.fixture(scope="package")
def authority() -> Authority:
    """The mesh's root."""
    return Authority()


@pytest.fixture(scope="package")
def namespace(sandbox: object) -> Iterator[str]:
    """A namespace with the workload's service account, gone in the end."""
    core = client.CoreV1Api(cluster.api())
    core.create_namespace(client.V1Namespace(metadata=client.V1ObjectMeta(name=NAMESPACE)))
    account = client.V1ServiceAccount(metadata=client.V1ObjectMeta(name=ACCOUNT))
    core.create_namespaced_service_account(NAMESPACE, account)
    yield NAMESPACE
    core.delete_namespace(NAMESPACE)
    deadline = time.monotonic() + GONE_SECONDS
    while time.monotonic() < deadline:
        try:
            core.read_namespace(NAMESPACE)
        except ApiException:
            return
        time.sleep(0.3)
    pytest.fail(f"namespace {NAMESPACE} is not gone after {GONE_SECONDS} s")


@pytest.fixture(scope="package")
def citadel(authority: Authority, namespace: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Citadel]:
    """A Citadel that serves the namespace."""
    running = Citadel(authority, tmp_path_factory.mktemp("citadel"), [namespace])
    yield running
    running.close()


@pytest.fixture(scope="package")
def discovery(authority: Authority, sandbox: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TlsServer]:
    """Pilot's port."""
    running = pilot(authority, tmp_path_factory.mktemp("pilot"))
    yield running
    running.close()


@pytest.fixture(scope="module")
def membership(citadel: Citadel, discovery: TlsServer, packages: Path) -> Iterator[Membership]:
    """The Join that a file's tests follow; the machine is outside again in the end whatever happened."""
    yield Membership(packages)
    leave_again()
