"""Mesh expansion found or completed, against a stand-in of the cluster's API."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from meshx.istio.classic_versions import classic_version
from meshx.istio.expansion_objects import expansion_inputs, expected_objects, unexpected_objects
from meshx.plugin_base.custom_resource import Operation, ResourceError, Severity
from meshx.provider.mesh_expansion_resource import MeshExpansion
from tests.unit.stand_ins.api_stand_in import ApiServer
from tests.unit.stand_ins.objects_stand_in import ObjectsApi

NETWORKING = "/apis/networking.istio.io/v1alpha3/namespaces/istio-system"
GATEWAY = f"{NETWORKING}/gateways/meshexpansion-gateway"
CITADEL = f"{NETWORKING}/destinationrules/istio-citadel"
PLURALS = {
    "ConfigMap": "/api/v1/namespaces/istio-system/configmaps",
    "Service": "/api/v1/namespaces/istio-system/services",
    "Gateway": f"{NETWORKING}/gateways",
    "EnvoyFilter": f"{NETWORKING}/envoyfilters",
    "DestinationRule": f"{NETWORKING}/destinationrules",
    "VirtualService": f"{NETWORKING}/virtualservices",
}


def wanted(across_networks: bool) -> dict[str, Any]:
    """The resource's inputs for 1.4."""
    version = classic_version((1, 4))
    return {
        "namespace": "istio-system",
        "labels": {"meshx/owner": "meshx.dev"},
        "objects": expansion_inputs(expected_objects(version, "istio-system", across_networks)),
        "unexpected": [
            {"apiVersion": one.api_version, "kind": one.kind, "name": one.name}
            for one in unexpected_objects(version, "istio-system", across_networks)
        ],
        "deployments": ["istio-pilot", "istio-citadel"],
        "gateway": {},
        "waitSeconds": 0,
        "remedy": "helm upgrade istio",
        "state": "in place",
    }


@pytest.fixture
def cluster() -> Iterator[ObjectsApi]:
    """A cluster where the chart's objects are, and Pilot and Citadel run."""
    api = ObjectsApi()
    for name in ("istio-pilot", "istio-citadel"):
        api.deployment(name)
    for one in expected_objects(classic_version((1, 4)), "istio-system", True):
        if one.of_chart:
            content = copy.deepcopy(dict(one.content))
            api.objects[f"{PLURALS[one.kind]}/{one.name}"] = {"metadata": {"name": one.name}, **content}
    server = ApiServer(api)
    yield api
    server.close()


class Scene:
    """The resource and what it said."""

    def __init__(self, api: ObjectsApi, folder: Path) -> None:
        self.resource = MeshExpansion({"kubeconfigFile": str(api.kubeconfig(folder)), "context": "tests"})
        self.said: list[tuple[Severity, str]] = []
        self.operation = Operation(
            "urn",
            "meshx:index:MeshExpansion",
            "mesh-expansion",
            log=lambda level, text: self.said.append((level, text)),
        )

    def up(self, news: dict[str, Any], olds: dict[str, Any] | None = None) -> dict[str, Any]:
        if olds is None:
            return self.resource.create(news, self.operation)[1]
        return self.resource.update("mesh-expansion", olds, olds, news, self.operation)

    def state(self, news: dict[str, Any]) -> str:
        return self.resource.read("mesh-expansion", news, news, self.operation).inputs["state"]


@pytest.fixture
def scene(cluster: ObjectsApi, tmp_path: Path) -> Scene:
    return Scene(cluster, tmp_path)


def test_what_the_chart_lacks_is_made_and_the_rest_left_alone(cluster, scene):
    before = copy.deepcopy(cluster.objects)
    assert scene.up(wanted(True))["made"] == ["DestinationRule istio-citadel"]
    made = cluster.objects.pop(CITADEL)
    assert made["metadata"]["labels"] == {"meshx/owner": "meshx.dev"}
    assert made["spec"]["trafficPolicy"]["portLevelSettings"] == [
        {"port": {"number": 8060}, "tls": {"mode": "DISABLE"}}
    ]
    assert cluster.objects == before


def test_a_second_run_makes_nothing_and_so_does_one_after_a_kill(cluster, scene):
    state = scene.up(wanted(True))
    cluster.requests.clear()
    assert scene.up(wanted(True), state)["made"] == scene.up(wanted(True))["made"] == ["DestinationRule istio-citadel"]
    assert {method for method, _, _ in cluster.requests} == {"GET"}


def test_what_this_stack_made_gets_its_new_mark_in_place_and_what_others_made_keeps_theirs(cluster, scene):
    state = scene.up(wanted(True))
    cluster.objects[GATEWAY]["metadata"]["labels"] = {"meshx/owner": "meshx.dev"}  # of a stack with the same old mark
    cluster.requests.clear()
    marked = {**wanted(True), "labels": {"meshx/owner": "meshx.dev.0123456789"}}
    assert scene.up(marked, state)["made"] == state["made"]
    assert cluster.objects[CITADEL]["metadata"]["labels"] == marked["labels"]
    assert cluster.objects[GATEWAY]["metadata"]["labels"] == {"meshx/owner": "meshx.dev"}
    assert {method for method, _, _ in cluster.requests} == {"GET", "PATCH"}


def test_destroy_takes_away_what_this_stack_made_only(cluster, scene):
    before = set(cluster.objects)
    state = scene.up(wanted(True))
    scene.resource.delete("mesh-expansion", state, wanted(True), scene.operation)
    assert set(cluster.objects) == before


@pytest.mark.parametrize("path", [GATEWAY, f"{NETWORKING}/virtualservices/meshexpansion-vs-citadel"])
def test_an_object_of_the_chart_that_went_missing_is_told_and_made_again(cluster, scene, path):
    state = scene.up(wanted(False))
    del cluster.objects[path]
    assert "is missing" in scene.state(wanted(False))
    assert path.rpartition("/")[2] in str(scene.up(wanted(False), state)["made"])
    assert scene.state(wanted(False)) == "in place"


def test_what_others_changed_is_told_with_the_place_and_not_overwritten(cluster, scene):
    cluster.objects[GATEWAY]["spec"]["servers"][0]["port"]["number"] = 15012
    before = copy.deepcopy(cluster.objects[GATEWAY])
    scene.up(wanted(True))
    told = " ".join(text for level, text in scene.said if level is Severity.WARNING)
    assert "Gateway meshexpansion-gateway: spec.servers[0].port.number is 15012, not 15011" in told
    assert "helm upgrade istio" in told
    assert cluster.objects[GATEWAY] == before
    assert "15012" in scene.state(wanted(True))


def test_an_object_of_ours_that_was_changed_is_put_right(cluster, scene):
    state = scene.up(wanted(True))
    cluster.objects[CITADEL]["spec"]["host"] = "elsewhere"
    assert "spec.host is 'elsewhere'" in scene.state(wanted(True))
    scene.up(wanted(True), state)
    assert cluster.objects[CITADEL]["spec"]["host"] == "istio-citadel.istio-system.svc.cluster.local"


def test_what_is_left_of_gateways_is_told_on_a_single_network(scene):
    scene.up(wanted(False))
    told = " ".join(text for level, text in scene.said if level is Severity.WARNING)
    assert "EnvoyFilter istio-multicluster-ingressgateway" in told
    assert "Gateway meshexpansion-gateway" not in told


def test_going_from_gateways_to_a_single_network_lets_go_of_what_was_made_for_them(cluster, scene):
    rule = f"{NETWORKING}/destinationrules/istio-multicluster-destinationrule"
    del cluster.objects[rule]
    state = scene.up(wanted(True))
    assert rule in cluster.objects
    scene.up(wanted(False), state)
    assert rule not in cluster.objects


@pytest.mark.parametrize(
    ("ready", "words"), [(None, "Deployment istio-citadel is missing"), (0, "no pod that is ready")]
)
def test_a_control_plane_that_does_not_run_is_waited_for_and_then_told(cluster, scene, ready, words):
    if ready is None:
        del cluster.objects["/apis/apps/v1/namespaces/istio-system/deployments/istio-citadel"]
    else:
        cluster.deployment("istio-citadel", ready)
    with pytest.raises(ResourceError, match=words):
        scene.up(wanted(True))
    assert CITADEL not in cluster.objects
    assert words in scene.state(wanted(True))


def test_missing_definitions_are_told_with_where_to_look(cluster, scene):
    cluster.unknown = "networking.istio.io"
    with pytest.raises(ResourceError, match=r"Istio's definitions are missing.*istio-init.*get jobs"):
        scene.up(wanted(False))


def test_a_cluster_that_can_not_be_asked_keeps_its_last_state(cluster, scene):
    cluster.forbidden = "/apis/apps"
    assert scene.state({**wanted(True), "state": "as it was"}) == "as it was"
    assert any("was not looked at" in text for _, text in scene.said)


GATEWAY_SERVICE = "/api/v1/namespaces/istio-system/services/istio-ingressgateway"
OPENING = {
    "name": "istio-ingressgateway",
    "namespace": "istio-system",
    "ports": {"tcp-pilot-grpc-tls": 15011, "tcp-mixer-grpc-tls": 15004, "tcp-citadel-grpc-tls": 8060},
}


def ports(cluster: ObjectsApi) -> list[int]:
    return [port["port"] for port in cluster.objects[GATEWAY_SERVICE]["spec"]["ports"]]


@pytest.fixture
def unexpanded(cluster: ObjectsApi) -> ObjectsApi:
    """An Istio of others without mesh expansion: none of its objects, and none of its ports but one."""
    cluster.objects = {path: one for path, one in cluster.objects.items() if "/deployments/" in path}
    listed = [{"name": f"port-{port}", "port": port} for port in (80, 443, 15004)]
    cluster.objects[GATEWAY_SERVICE] = {"metadata": {"resourceVersion": "7"}, "spec": {"ports": listed}}
    return cluster


def test_mesh_expansion_is_turned_on_in_an_istio_of_others_and_off_again(unexpanded, scene):
    before = copy.deepcopy(unexpanded.objects[GATEWAY_SERVICE]["spec"])
    wants = {**wanted(False), "gateway": OPENING}
    state = scene.up(wants)
    assert ports(unexpanded) == [80, 443, 15004, 15011, 8060]
    assert state["opened"] == [8060, 15011]
    assert len(state["made"]) == 5
    assert scene.state(wants) == "in place"
    scene.resource.delete("mesh-expansion", state, wants, scene.operation)
    assert unexpanded.objects[GATEWAY_SERVICE]["spec"] == before
    assert GATEWAY not in unexpanded.objects


def test_a_port_that_was_closed_since_is_told_and_opened_again(unexpanded, scene):
    wants = {**wanted(False), "gateway": OPENING}
    state = scene.up(wants)
    unexpanded.objects[GATEWAY_SERVICE]["spec"]["ports"].pop()
    assert "port 8060 of the gateway is closed" in scene.state(wants)
    assert scene.up(wants, state)["opened"] == [8060, 15011]
    assert sorted(ports(unexpanded)) == [80, 443, 8060, 15004, 15011]


def test_a_change_of_somebody_elses_in_between_is_not_lost(unexpanded, scene):
    wants = {**wanted(False), "gateway": OPENING}
    state = scene.up(wants)

    def other_writer() -> None:
        unexpanded.before_patch = lambda: None
        service = unexpanded.objects[GATEWAY_SERVICE]
        service["spec"]["ports"].insert(0, {"name": "theirs", "port": 9999})
        service["metadata"]["resourceVersion"] = "70"

    unexpanded.before_patch = other_writer
    scene.resource.delete("mesh-expansion", state, wants, scene.operation)
    assert ports(unexpanded) == [9999, 80, 443, 15004]


def test_a_gateway_that_is_gone_is_no_error_when_leaving(unexpanded, scene):
    wants = {**wanted(False), "gateway": OPENING}
    state = scene.up(wants)
    del unexpanded.objects[GATEWAY_SERVICE]
    scene.resource.delete("mesh-expansion", state, wants, scene.operation)
    assert GATEWAY not in unexpanded.objects


def test_a_preview_changes_nothing(cluster, scene):
    operation = Operation("urn", "meshx:index:MeshExpansion", "mesh-expansion", preview=True)
    scene.resource.create(wanted(True), operation)
    assert cluster.requests == []


def test_nothing_of_its_state_is_more_than_json(scene):
    assert json.loads(json.dumps(scene.up(wanted(True))))["state"] == "in place"
