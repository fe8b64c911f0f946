"""A mesh of 1.4.10 on the cluster's network, in its order: previews, an up that is killed, drift, destroy.

The tests of this file follow one stack through its life, so each builds on the one before it.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from kubernetes import client

from sandbox.kubernetes import cluster
from tests.e2e.classic import classic_charts, expansion_objects
from tests.e2e.classic.answering import ADDRESS, answering, said
from tests.e2e.classic.classic_stack import CHARTS_FOLDER, SYSTEM
from tests.e2e.classic.expansion_objects import ADDED, ADDED_CONTENT, ADDED_FOR_PILOT, OF_EVERY_MESH, SINGLE_NETWORK
from tests.e2e.recovery.watched_run import WatchedRun
from tests.e2e.stack import cluster_listing
from tests.e2e.stack.mesh_project import MeshProject

pytestmark = pytest.mark.usefixtures("sandbox")

UP = ("up", "--yes", "--skip-preview")
POLL = 0.1


@pytest.fixture(scope="module")
def before(sandbox: None) -> dict[str, str]:
    """The cluster's objects before there is a mesh."""
    return cluster_listing.listing()


@pytest.fixture(scope="module")
def project(before: dict[str, str], new_project: MeshProject) -> Iterator[MeshProject]:
    """The stack that all tests of this file follow; destroyed in the end whatever happened."""
    stand_ins = {"istio": {"standIns": {"address": ADDRESS}}}
    new_project.configure(lambda config: config["mesh"].update(values=stand_ins))
    yield new_project
    new_project.unlock()
    new_project.pulumi("destroy", "--yes", "--skip-preview")


def releases() -> dict[str, str]:
    """Helm's releases in the control plane's namespace, with the status of their only revision."""
    core = client.CoreV1Api(cluster.api())
    records = core.list_namespaced_secret(SYSTEM, label_selector="owner=helm").items
    return {record.metadata.labels["name"]: record.metadata.labels["status"] for record in records}


def test_a_cluster_too_new_for_the_charts_is_refused_with_the_limit(project: MeshProject) -> None:
    classic_charts.unpack(project.folder / CHARTS_FOLDER, says_kubernetes=False)
    refused = project.pulumi("preview")
    assert refused.code != 0
    assert (
        "meshx:mesh.istioVersion: the cluster runs Kubernetes 1.37, and Istio 1.4 needs one below 1.22" in refused.text
    )
    classic_charts.unpack(project.folder / CHARTS_FOLDER)


def test_the_first_preview_on_an_empty_cluster_is_a_plan(project: MeshProject) -> None:
    plan = project.expect("preview", "--diff", "--show-full-output").text
    for made in ("chart-remains", "istio-init", "meshx:index:MeshExpansion", "DestinationRule"):
        assert made in plan, plan
    assert "destroy will take away the definitions of release istio-init" in plan
    assert "error" not in plan.lower()
    assert not [resource for resource in project.state() if resource.get("custom")]


def test_a_run_killed_in_the_midst_of_a_release_is_gone_on_with(project: MeshProject) -> None:
    run = WatchedRun(project, UP, {"istio": "Release istio"})
    assert run.wait_for("istio"), run.text
    while "istio" not in releases():
        run.kept_on_for(POLL)
    assert run.kill_after(POLL), run.text
    project.unlock()
    assert releases() == {"istio": "pending-install", "istio-init": "deployed"}
    told = project.expect(*UP).text
    assert "an earlier run left it pending-install; it is installed over what is there" in told
    assert releases() == {"istio": "deployed", "istio-init": "deployed"}


def test_a_single_network_has_what_it_needs_and_nothing_of_gateways(project: MeshProject) -> None:
    assert set(expansion_objects.networking()) == {*SINGLE_NETWORK, *OF_EVERY_MESH, ADDED, ADDED_FOR_PILOT}
    table = expansion_objects.expected("1.4.10")
    assert expansion_objects.found(SINGLE_NETWORK) == {title: table[title] for title in SINGLE_NETWORK}
    assert expansion_objects.found([ADDED]) == {ADDED: ADDED_CONTENT}
    assert not expansion_objects.found(["ConfigMap coredns", "Service istiocoredns"])
    secrets = client.CoreV1Api(cluster.api()).list_namespaced_secret(SYSTEM).items
    assert "cacerts" not in [secret.metadata.name for secret in secrets]


def test_the_address_of_the_gateway_is_exported(project: MeshProject) -> None:
    service = client.CoreV1Api(cluster.api()).read_namespaced_service("istio-ingressgateway", SYSTEM)
    assert project.outputs()["controlPlane"]["gatewayAddress"] == service.status.load_balancer.ingress[0].ip
    assert {15011, 8060} <= {port.port for port in service.spec.ports}


def test_machines_reach_pilot_and_citadel_by_the_gateway(project: MeshProject) -> None:
    gateway = project.outputs()["controlPlane"]["gatewayAddress"]
    with answering(15011, b"pilot"), answering(8060, b"citadel"):
        assert said(gateway, 15011, b"pilot") == b"pilot"
        assert said(gateway, 8060, b"citadel") == b"citadel"


def test_a_second_up_changes_nothing(project: MeshProject) -> None:
    again = project.expect("up", "--yes", "--skip-preview", "--expect-no-changes")
    assert set(again.changes()) <= {"unchanged"}, again.text


def test_objects_deleted_by_hand_are_shown_and_made_again(project: MeshProject) -> None:
    of_the_chart = "VirtualService meshexpansion-vs-citadel"
    was = expansion_objects.networking()
    for title in (ADDED, of_the_chart):
        expansion_objects.delete(title)
    drift = project.expect("preview", "--refresh", "--diff").text
    assert f"{of_the_chart} is missing; {ADDED} is missing" in drift
    repaired = project.expect("up", "--yes", "--skip-preview", "--refresh")
    assert repaired.changes().get("updated") == 1, repaired.text
    assert expansion_objects.networking() == was


def test_destroy_leaves_the_cluster_as_it_was(project: MeshProject, before: dict[str, str]) -> None:
    destroyed = project.expect("destroy", "--yes", "--skip-preview").text
    assert cluster_listing.listing() == before
    assert "CustomResourceDefinition gateways.networking.istio.io" in destroyed
    assert "stays in the cluster" not in destroyed
