"""A stack of two machines on the cluster's network and one on another, in a mesh whose root the test replaces.

Certificates live for two minutes here, those of pods too, so that all renew while the test waits.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kubernetes import client

from sandbox import machines
from sandbox.kubernetes import cluster
from sandbox.pulumi.home import prepare
from sandbox.traffic import services
from tests.e2e.networks.shared_root import Root
from tests.e2e.stack.mesh_project import MeshProject, make, owner_in
from tests.e2e.stack.two_machines import two_machines
from tests.e2e.steady.test_steady_traffic import await_serving, quick_probe

LIFETIME_SECONDS = 120
OF_PODS = "proxy.istio.io/config"


@pytest.fixture(scope="package")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the stack is."""
    return tmp_path_factory.mktemp("trust")


@pytest.fixture(scope="package")
def old(sandbox: object, folder: Path) -> Root:
    """The root that the mesh begins with."""
    root = Root("old root")
    root.give_to_cluster({"meshx/owner": owner_in(folder).mark})
    return root


@pytest.fixture(scope="package")
def project(old: Root, folder: Path) -> Iterator[MeshProject]:
    """The stack, up; destroyed in the end whatever happened."""
    made = make(folder, {**os.environ, **prepare()})
    for change in (two_machines, quick_probe, _rotating):
        made.configure(change)
    try:
        services.apply()
        _set_of_pods(f'proxyMetadata: {{SECRET_TTL: "{LIFETIME_SECONDS}s"}}')
        begun = time.monotonic()
        made.expect("up", "--yes", "--skip-preview")
        print(f"pulumi up of three machines: {time.monotonic() - begun:.0f} s")
        services.restart_uninjected()
        await_serving({"vm-1", "vm-2", "vm-3"})
        yield made
    finally:
        machines.start("vm-2")
        made.unlock()
        made.pulumi("destroy", "--yes", "--skip-preview")
        _set_of_pods(None)


def _rotating(config: dict[str, Any]) -> None:
    config["certificates"] = {"lifetimeSeconds": LIFETIME_SECONDS}


def _set_of_pods(words: str | None) -> None:
    body = {"spec": {"template": {"metadata": {"annotations": {OF_PODS: words}}}}}
    for name in services.DEPLOYMENTS:
        client.AppsV1Api(cluster.api()).patch_namespaced_deployment(name, services.NAMESPACE, body)
