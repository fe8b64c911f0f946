"""What cannot work across networks is told by a preview, with the reason and the remedy, and nothing is made."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from kubernetes import client

from sandbox.kubernetes import cluster
from tests.e2e.stack.mesh_project import MeshProject

NAMESPACE = "outside"


@pytest.fixture
def without_sidecar() -> Iterator[str]:
    """A Service in a namespace without injection, with a pod that answers."""
    core = client.CoreV1Api(cluster.api())
    core.create_namespace(client.V1Namespace(metadata=client.V1ObjectMeta(name=NAMESPACE)))
    container = client.V1Container(
        name="echo", image="localhost/meshx/echo:1", image_pull_policy="IfNotPresent", args=["serve", ":8080"]
    )
    spec = client.V1PodSpec(containers=[container], termination_grace_period_seconds=0)
    metadata = client.V1ObjectMeta(name="bare", labels={"app": "bare"})
    deadline = time.monotonic() + 20
    while not core.list_namespaced_service_account(NAMESPACE).items and time.monotonic() < deadline:
        time.sleep(0.1)
    core.create_namespaced_pod(NAMESPACE, client.V1Pod(metadata=metadata, spec=spec))
    core.create_namespaced_service(
        NAMESPACE,
        client.V1Service(
            metadata=client.V1ObjectMeta(name="bare"),
            spec=client.V1ServiceSpec(selector={"app": "bare"}, ports=[client.V1ServicePort(port=80)]),
        ),
    )
    yield "bare"
    core.delete_namespace(NAMESPACE)


def refused(project: MeshProject, change: Any) -> str:
    """What a preview says of a changed configuration, which is put back."""
    file = project.folder / "Pulumi.dev.yaml"
    kept, before = file.read_text(), project.state()
    project.configure(change)
    try:
        ran = project.pulumi("preview")
    finally:
        file.write_text(kept)
    assert ran.code != 0, ran.text
    assert project.state() == before
    assert "Traceback" not in ran.text
    return ran.text


def test_a_service_whose_pods_have_no_sidecar_is_refused(project: MeshProject, without_sidecar: str) -> None:
    def expose(config: dict[str, Any]) -> None:
        config["exposed"].append({"service": without_sidecar, "namespace": NAMESPACE, "port": 80})

    said = refused(project, expose)
    assert re.search(r"meshx:exposed\[\d\]\.service", said)
    assert "pods of outside/bare have no sidecar (bare)" in said
    assert "kubectl label namespace outside istio-injection=enabled" in said


def test_a_service_on_a_network_that_nobody_reaches_is_refused(project: MeshProject) -> None:
    said = refused(project, lambda config: config.update(networks=[{"name": "network2", "reachable": False}]))
    assert "vm-2 serves at 10.79.0.12 on network2, which has no gateway" in said
    assert "`reachable: true`" in said


def test_an_address_that_another_service_entry_has_is_refused(project: MeshProject) -> None:
    taken = "127.255.0.9"
    entry = {
        "apiVersion": "networking.istio.io/v1",
        "kind": "ServiceEntry",
        "metadata": {"name": "theirs", "namespace": "bar"},
        "spec": {
            "hosts": ["theirs.example"],
            "addresses": [taken],
            "ports": [{"name": "http", "number": 80, "protocol": "HTTP"}],
            "resolution": "STATIC",
            "endpoints": [{"address": "10.9.9.9"}],
        },
    }
    objects = client.CustomObjectsApi(cluster.api())
    place = ("networking.istio.io", "v1", "bar", "serviceentries")
    objects.create_namespaced_custom_object(*place, entry)
    try:
        said = refused(project, lambda config: config["exposed"][0].update(address=taken))
    finally:
        objects.delete_namespaced_custom_object(*place, "theirs")
    assert f"{taken} is taken by the ServiceEntry of theirs.example" in said
