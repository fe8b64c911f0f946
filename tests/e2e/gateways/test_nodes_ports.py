"""A gateway whose Service is of type NodePort: a machine comes to it by a node's address and the nodes' ports."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from kubernetes import client

from sandbox import machines, traffic
from sandbox.kubernetes import cluster
from sandbox.network.addresses import NODE_ADDRESS
from sandbox.pulumi.home import prepare
from sandbox.traffic import services
from tests.e2e.gateways.conftest import ended
from tests.e2e.stack.mesh_project import MeshProject, make
from tests.e2e.stack.settling import settled


@pytest.fixture(scope="module")
def project(sandbox: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MeshProject]:
    """The dev stack with its near machine alone, and such a Service; up."""
    made = make(tmp_path_factory.mktemp("nodes"), {**os.environ, **prepare()})

    def by_nodes(config: dict[str, Any]) -> None:
        config["mesh"]["values"]["gateway"]["service"]["type"] = "NodePort"
        del config["workloads"][0]["machines"][1], config["exposed"]

    made.configure(by_nodes)
    services.apply()
    made.expect("up", "--yes", "--skip-preview")
    services.restart_uninjected()
    yield from ended(made)


def test_the_machine_joins_by_a_nodes_address_and_port(project: MeshProject) -> None:
    service = client.CoreV1Api(cluster.api()).read_namespaced_service("istio-eastwestgateway", "istio-system")
    assert service.spec is not None and service.spec.ports is not None
    (port,) = (one.node_port for one in service.spec.ports if one.port == 15012)
    assert project.outputs()["controlPlane"]["gatewayAddress"] == str(NODE_ADDRESS)
    configuration = machines.execute("vm-1", ["cat", "/etc/istio/config/mesh"]).stdout
    assert f"discoveryAddress: istiod.istio-system.svc:{port}\n" in configuration
    connected = machines.execute("vm-1", ["ss", "-Htn", "state", "established", "dport", "=", f":{port}"]).stdout
    assert f"{NODE_ADDRESS}:{port}" in connected
    settled(lambda: traffic.from_machine("vm-1", "http://httpbin.bar.svc.cluster.local:8000/")[0])
    settled(lambda: traffic.from_pod("sleep", "http://vm-1.vmhttp.vm.svc.cluster.local:8080/")[0])


def test_neither_a_refresh_nor_a_preview_finds_a_change(project: MeshProject) -> None:
    ran = project.pulumi("refresh", "--preview-only", "--expect-no-changes")
    assert ran.code == 0, ran.text
    project.expect("preview", "--expect-no-changes")
