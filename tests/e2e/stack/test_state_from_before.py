"""A stack whose state earlier versions of the program wrote: nothing is made anew, and nothing of it is left."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kubernetes import client

from sandbox.kubernetes import cluster
from sandbox.pulumi.home import prepare
from sandbox.traffic import services
from tests.e2e.stack import earlier_state
from tests.e2e.stack.mesh_project import MeshProject, make

pytestmark = pytest.mark.usefixtures("sandbox")

UP = ("up", "--yes", "--skip-preview")
IN_MESH = "urn:pulumi:dev::meshx::meshx:index:Mesh"
CONTROL_PLANE = f"{IN_MESH}$meshx:index:ControlPlane::control-plane"
GATEWAY = f"{IN_MESH}$meshx:index:ControlPlane$meshx:index:EastWestGateway::gateway"
LOOKED_UP = (
    ("kubernetes:core/v1:Service", "gateway-service", "istio-system/istio-eastwestgateway", GATEWAY),
    ("kubernetes:core/v1:ConfigMap", "root-certificate", "istio-system/istio-ca-root-cert", CONTROL_PLANE),
)
"""What the program looked up by the Kubernetes provider: type, logical name, id and parent."""


@pytest.fixture(scope="module")
def project(sandbox: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MeshProject]:
    """The whole dev stack, with two networks and an exposed name, up; destroyed in the end whatever happened."""
    services.apply()
    made = make(tmp_path_factory.mktemp("stack"), {**os.environ, **prepare()})
    made.expect(*UP)
    yield made
    made.unlock()
    made.expect("destroy", "--yes", "--skip-preview")


def test_a_state_from_before_the_rooms_is_brought_up_to_date_in_place(project: MeshProject, tmp_path: Path) -> None:
    earlier_state.take_in(project, "istiod", tmp_path)
    pods = _control_pods()
    earlier_state.expect_changes_in_place(project, machines=2, new=2)
    assert _control_pods() == pods, "the new values have restarted pods"
    project.expect(*UP, "--expect-no-changes")
    project.expect("refresh", "--preview-only", "--expect-no-changes")


def test_look_ups_in_the_state_are_let_go_without_a_change(project: MeshProject, tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    project.expect("stack", "export", "--file", str(state))
    exported = json.loads(state.read_text())
    resources: list[dict[str, Any]] = exported["deployment"]["resources"]
    (provider,) = (one for one in resources if one["type"] == "pulumi:providers:kubernetes")
    reference = f"{provider['urn']}::{provider['id']}"
    resources += [_read(*one, provider=reference) for one in LOOKED_UP]
    state.write_text(json.dumps(exported))
    project.expect("stack", "import", "--file", str(state))
    assert len([one for one in project.state() if one.get("external")]) == len(LOOKED_UP)
    project.expect("preview", "--expect-no-changes")
    project.expect(*UP, "--expect-no-changes")
    assert not [one for one in project.state() if one.get("external")]
    project.expect("refresh", "--preview-only", "--expect-no-changes")


def _control_pods() -> dict[str, str]:
    pods = client.CoreV1Api(cluster.api()).list_namespaced_pod("istio-system").items
    return {pod.metadata.name: pod.metadata.uid for pod in pods}


def _read(token: str, name: str, identity: str, parent: str, *, provider: str) -> dict[str, Any]:
    head = parent.rpartition("::")[0]
    return {
        "urn": f"{head}${token}::{name}",
        "custom": True,
        "external": True,
        "id": identity,
        "type": token,
        "parent": parent,
        "provider": provider,
        "outputs": {"metadata": {"name": identity.rpartition("/")[2], "namespace": "istio-system"}},
    }
