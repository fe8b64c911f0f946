"""A control plane of 1.4.10 that somebody else runs: without mesh expansion, then with gateways.

The tests of this file follow one stack through its life, so each builds on the one before it.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from kubernetes import client

from sandbox.kubernetes import cluster
from tests.e2e.adoption import others_objects
from tests.e2e.classic import expansion_objects, their_istio
from tests.e2e.classic.classic_stack import SYSTEM, WITHOUT_JOINS, across_networks, adopting
from tests.e2e.classic.expansion_objects import ADDED, ADDED_FOR_PILOT, SINGLE_NETWORK
from tests.e2e.stack.mesh_project import MeshProject

EXPANSION_PORTS = {15011, 15004, 8060}


@pytest.fixture(scope="module")
def theirs(sandbox: object) -> Iterator[None]:
    """Their Istio, without mesh expansion."""
    try:
        their_istio.install_or_upgrade({})
        yield
    finally:
        their_istio.remove()


@pytest.fixture(scope="module")
def project(theirs: None, new_project: MeshProject) -> Iterator[MeshProject]:
    """The stack that all tests of this file follow; destroyed in the end whatever happened."""
    new_project.configure(adopting)
    yield new_project
    new_project.unlock()
    new_project.pulumi("destroy", "--yes", "--skip-preview")


def gateway_ports() -> set[int]:
    """The ports of the ingress gateway's Service."""
    service = client.CoreV1Api(cluster.api()).read_namespaced_service("istio-ingressgateway", SYSTEM)
    return {port.port for port in service.spec.ports}


def test_mesh_expansion_that_is_off_is_told_with_the_command_that_turns_it_on(project: MeshProject) -> None:
    refused = project.pulumi("preview")
    assert refused.code != 0
    assert "mesh expansion is off: Gateway istio-system/meshexpansion-gateway is missing" in refused.text
    assert "helm upgrade --set global.meshExpansion.enabled=true istio install/kubernetes/helm/istio" in refused.text


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (
            {"mesh": "defaultConfig: [MUTUAL_TLS"},
            "the ConfigMap istio of the running control plane can't be read as YAML",
        ),
        ({"meshConfig": "{}"}, "the ConfigMap istio of istio-system has no key mesh"),
    ],
)
def test_a_mesh_configuration_of_a_kind_that_nobody_knows_is_refused(
    project: MeshProject, data: dict[str, str], words: str
) -> None:
    project.configure(lambda config: config["mesh"]["install"].update(meshExpansion=True))
    was = their_istio.mesh_configuration()
    their_istio.set_mesh_configuration(data)
    try:
        refused = project.pulumi("preview")
    finally:
        their_istio.set_mesh_configuration(was)
    assert refused.code != 0
    assert words in refused.text


def test_mesh_expansion_is_turned_on_where_that_is_asked_for_and_off_by_destroy(project: MeshProject) -> None:
    before, ports = others_objects.listing(), gateway_ports()
    assert not EXPANSION_PORTS & ports
    project.expect("up", "--yes", "--skip-preview")
    assert gateway_ports() == ports | EXPANSION_PORTS
    table = expansion_objects.expected("1.4.10")
    assert expansion_objects.found(SINGLE_NETWORK) == {title: table[title] for title in SINGLE_NETWORK}
    after = others_objects.listing()
    assert set(others_objects.changes(before, after)) == {"services istio-system/istio-ingressgateway"}
    assert len(set(after) - set(before)) == len({*SINGLE_NETWORK, ADDED, ADDED_FOR_PILOT})
    project.expect("preview", "--refresh", "--expect-no-changes")
    project.expect("destroy", "--yes", "--skip-preview")
    assert others_objects.listing() == before


def test_gateways_that_are_off_are_told_with_the_command_that_turns_them_on(project: MeshProject) -> None:
    their_istio.install_or_upgrade({"global": {"meshExpansion": {"enabled": True}}})
    project.configure(across_networks)
    project.configure(lambda config: config["mesh"]["install"].pop("meshExpansion"))
    refused = project.pulumi("preview", *WITHOUT_JOINS)
    assert refused.code != 0
    assert "gateways to other networks are off: Deployment istio-system/istiocoredns is missing" in refused.text
    assert "values-istio-meshexpansion-gateways.yaml" in refused.text


def test_a_gateway_without_the_port_of_other_networks_is_refused(project: MeshProject) -> None:
    their_istio.install_or_upgrade(their_istio.without_15443())
    refused = project.pulumi("preview", *WITHOUT_JOINS)
    assert refused.code != 0
    assert "the gateway istio-system/istio-ingressgateway lacks port 15443" in refused.text


def test_a_mesh_with_gateways_is_adopted_by_the_one_rule_that_its_chart_lacks(project: MeshProject) -> None:
    their_istio.install_or_upgrade(their_istio.GATEWAYS)
    before = others_objects.listing()
    project.expect("up", "--yes", "--skip-preview", *WITHOUT_JOINS)
    after = others_objects.listing()
    # The cluster's DNS is told to ask istiocoredns, and that alone is changed of what others made.
    assert set(others_objects.changes(before, after)) == {"configmaps kube-system/coredns"}
    made = {name for name in set(after) - set(before) if name.endswith(f"{SYSTEM}/{ADDED.partition(' ')[2]}")}
    assert made == {f"destinationrules.networking.istio.io {SYSTEM}/istio-citadel"}
    service = client.CoreV1Api(cluster.api()).read_namespaced_service("istio-ingressgateway", SYSTEM)
    assert project.outputs()["controlPlane"]["gatewayAddress"] == service.status.load_balancer.ingress[0].ip
    project.expect("up", "--yes", "--skip-preview", "--expect-no-changes", *WITHOUT_JOINS)
    project.expect("destroy", "--yes", "--skip-preview")
    assert others_objects.listing() == before
