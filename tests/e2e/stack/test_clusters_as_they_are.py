"""A cluster with definitions of an older Istio in it, a gateway in its own namespace, and addresses of two families.

The tests of this file follow one stack through its life, so each builds on the one before it.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from kubernetes import client

from sandbox import traffic
from sandbox.builds import artifact
from sandbox.kubernetes import cluster
from sandbox.network.addresses import CLUSTER_NETWORK
from sandbox.network.namespace import inside
from sandbox.traffic import services
from tests.e2e.stack.mesh_project import MeshProject
from tests.e2e.stack.settling import settled
from tests.e2e.stack.two_machines import HTTPBIN, VMHTTP

pytestmark = pytest.mark.usefixtures("sandbox")

DEFINITIONS = ("gateways.networking.istio.io", "workloadentries.networking.istio.io")
ADDRESS = "10.77.0.199"
"""On the machines' network, beside the pool of the sandbox's load balancer."""


def extensions() -> client.ApiextensionsV1Api:
    return client.ApiextensionsV1Api(cluster.new_api())


@pytest.fixture(scope="module")
def definitions(sandbox: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Two of Istio's definitions, as kubectl leaves them behind."""
    every = yaml.safe_load_all((artifact("charts") / "base" / "files" / "crd-all.gen.yaml").read_text())
    file = tmp_path_factory.mktemp("definitions") / "definitions.yaml"
    file.write_text(yaml.safe_dump_all(one for one in every if one and one["metadata"]["name"] in DEFINITIONS))
    cluster.apply(file)
    yield
    for name in DEFINITIONS:
        extensions().delete_custom_resource_definition(name)


@pytest.fixture(scope="module")
def address(sandbox: object) -> Iterator[None]:
    """An address that leads to the node, as one of Service.spec.externalIPs has to."""
    words = (f"{ADDRESS}/32", "dev", CLUSTER_NETWORK.bridge)
    subprocess.run(inside("ip", "address", "add", *words), check=True)
    yield
    subprocess.run(inside("ip", "address", "delete", *words), check=True)


@pytest.fixture(scope="module")
def project(definitions: None, address: None, new_project: MeshProject) -> Iterator[MeshProject]:
    """The stack, not applied yet; destroyed in the end whatever happened."""

    def change(config: dict[str, Any]) -> None:
        mesh = config["mesh"]
        mesh["istioVersion"] = "1.21.6"
        mesh["gateway"] = {"namespace": "edge"}
        mesh["values"]["istiod"]["env"]["PILOT_SCOPE_GATEWAY_TO_NAMESPACE"] = "true"
        # No cloud has a load balancer for it, and the first of its addresses is of a family that no machine has.
        mesh["values"]["gateway"]["service"] = {"type": "NodePort", "externalIPs": ["2001:db8:7::15", ADDRESS]}

    new_project.configure(change)
    yield new_project
    new_project.unlock()
    new_project.pulumi("destroy", "--yes", "--skip-preview")


def entry_uid() -> str:
    """By it the cluster knows whether the machine's entry is the same object."""
    api = client.CustomObjectsApi(cluster.new_api())
    found: Any = api.get_namespaced_custom_object("networking.istio.io", "v1", "vm", "workloadentries", "vm-1")
    return str(found["metadata"]["uid"])


def test_a_gateways_namespace_that_is_not_there_is_told_in_the_preview(project: MeshProject) -> None:
    ran = project.pulumi("preview")
    assert ran.code != 0
    assert "meshx:mesh.gateway.namespace is edge, which is not in the cluster" in ran.text
    project.configure(lambda config: config["mesh"]["gateway"].update(createNamespace=True))


def test_definitions_that_are_there_are_told_in_the_preview_with_both_ways_out(project: MeshProject) -> None:
    ran = project.pulumi("preview")
    assert ran.code != 0
    assert (
        f"2 of Istio's definitions are in the cluster already ({', '.join(DEFINITIONS)}), of no Helm release"
        in ran.text
    )
    assert "meshx:mesh.install.takeOwnership: true" in ran.text
    project.configure(lambda config: config["mesh"].update(install={"takeOwnership": True}))


def test_asked_for_they_are_taken_over_and_a_machine_joins_by_the_gateway_in_its_own_namespace(
    project: MeshProject,
) -> None:
    before = {name: extensions().read_custom_resource_definition(name).metadata.uid for name in DEFINITIONS}
    project.expect("up", "--yes", "--skip-preview")
    after = {name: extensions().read_custom_resource_definition(name).metadata for name in DEFINITIONS}
    assert {name: found.uid for name, found in after.items()} == before
    assert {found.annotations["meta.helm.sh/release-name"] for found in after.values()} == {"istio-base"}
    assert project.outputs()["controlPlane"]["gatewayAddress"] == ADDRESS
    services.apply()
    services.restart_uninjected()
    assert settled(lambda: traffic.from_machine("vm-1", HTTPBIN)[0]).status == 200
    assert settled(lambda: traffic.from_pod("sleep", VMHTTP)[0]).host == "vm-1"
    types = {one["type"] for one in project.state() if ".istio.io/" in one["type"]}
    assert {one.split("/")[1].split(":")[0] for one in types} == {"v1beta1"}
    project.expect("preview", "--refresh", "--expect-no-changes")


def test_an_upgrade_to_a_version_with_other_objects_keeps_each_of_them(project: MeshProject) -> None:
    before = entry_uid()
    project.configure(lambda config: config["mesh"].update(istioVersion="1.31"))
    changes = project.expect("up", "--yes", "--skip-preview").changes()
    assert set(changes) <= {"updated", "unchanged"}, changes
    assert entry_uid() == before
    types = {one["type"] for one in project.state() if ".istio.io/" in one["type"]}
    assert {one.split("/")[1].split(":")[0] for one in types} == {"v1"}
    assert settled(lambda: traffic.from_pod("sleep", VMHTTP)[0]).host == "vm-1"
    project.expect("preview", "--refresh", "--expect-no-changes")


def test_a_destroy_leaves_what_was_there_before(project: MeshProject) -> None:
    project.expect("destroy", "--yes", "--skip-preview")
    left = {one.metadata.name for one in extensions().list_custom_resource_definition().items}
    assert {name for name in left if name.endswith(".istio.io")} == set(DEFINITIONS)
    names = {one.metadata.name for one in client.CoreV1Api(cluster.new_api()).list_namespace().items}
    assert not names & {"edge", "istio-system"}
