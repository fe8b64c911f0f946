"""What Istio's charts would leave in a cluster, against a stand-in of its API."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from meshx.plugin_base.custom_resource import Operation, ResourceError, Severity
from meshx.provider import chart_leftovers_resource
from meshx.provider.chart_leftovers_resource import ChartLeftovers
from tests.unit.stand_ins.api_stand_in import ApiServer, StandInApi

DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
WEBHOOKS = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"
GATEWAYS = "gateways.networking.istio.io"
SIDECARS = "sidecars.networking.istio.io"
INPUTS = {
    "release": {"name": "istio-base", "namespace": "istio-system"},
    "configMaps": ["istio-ca-root-cert"],
    "madeByJobs": False,
}
CLASSIC = {
    "release": {"name": "istio-init", "namespace": "istio-system"},
    "configMaps": [],
    "madeByJobs": True,
}
OF_JOBS = {"chart": "istio", "heritage": "Tiller", "release": "istio"}
MESH_POLICIES = "meshpolicies.authentication.istio.io"


@dataclass
class ClusterWithRemains(StandInApi):
    """A cluster's API with lists of objects by path; deleting an object takes it out of its list."""

    lists: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    finalized: bool = True
    """Whether what is deleted goes; otherwise it stays for its finalizers."""

    def answer(self, method: str, path: str, body: Any) -> tuple[int, dict[str, Any]]:
        """Status and body of an answer."""
        self.requests.append((method, path, body))
        if self.forbidden and self.forbidden in path:
            return 403, {"message": f"user may not {method} {path}"}
        if path in self.lists:
            return 200, {"items": self.lists[path], "metadata": {}}
        if f"{path}/customresourcedefinitions" in self.lists:
            return 200, {"kind": "APIResourceList"}
        objects, _, name = path.rpartition("/")
        namespace = objects.rpartition("/namespaces/")[2].partition("/")[0] if "/namespaces/" in path else ""
        objects = "/api/v1/configmaps" if objects.endswith("/configmaps") else objects
        found = [
            one
            for one in self.lists.get(objects, [])
            if (one["metadata"]["name"], one["metadata"].get("namespace", "")) == (name, namespace)
        ]
        if not found:
            return 404, {"message": f"{path} not found"}
        if method == "DELETE" and self.finalized:
            self.lists[objects].remove(found[0])
        return 200, found[0]

    def definition(self, name: str, release: str = "istio-base") -> None:
        """Put a definition there, brought by a release."""
        plural, _, group = name.partition(".")
        annotations = {"meta.helm.sh/release-name": release, "meta.helm.sh/release-namespace": "istio-system"}
        spec = {"group": group, "names": {"plural": plural}, "versions": [{"name": "v1", "served": True}]}
        self.lists[DEFINITIONS].append({"metadata": {"name": name, "annotations": annotations}, "spec": spec})

    def definition_of_jobs(self, name: str, labels: dict[str, str], path: str = DEFINITIONS) -> None:
        """Put a definition there as kubectl makes it, which notes no release."""
        plural, _, group = name.partition(".")
        spec = {"group": group, "names": {"plural": plural}, "versions": [{"name": "v1alpha3", "served": True}]}
        self.lists[path].append({"metadata": {"name": name, "labels": labels}, "spec": spec})

    def config_map(self, namespace: str, labels: dict[str, str]) -> None:
        """Put a root certificate there."""
        metadata = {"name": "istio-ca-root-cert", "namespace": namespace, "labels": labels}
        self.lists["/api/v1/configmaps"].append({"metadata": metadata})


@dataclass
class Scene:
    """The resource, its cluster, and what was said."""

    resource: ChartLeftovers
    cluster: ClusterWithRemains
    said: list[tuple[Severity, str]] = field(default_factory=list)

    def operation(self, preview: bool = False) -> Operation:
        def log(severity: Severity, message: str) -> None:
            self.said.append((severity, message))

        return Operation(urn="u", type="meshx:index:ChartRemains", name="chart-remains", preview=preview, log=log)

    def created(self) -> dict[str, Any]:
        """Its state when it has just been made; then comes the release with two definitions, and istiod."""
        _, state = self.resource.create(dict(INPUTS), self.operation())
        self.cluster.definition(GATEWAYS)
        self.cluster.definition(SIDECARS)
        self.cluster.config_map("default", {"istio.io/config": "true"})
        return state

    def delete(self, state: dict[str, Any]) -> None:
        self.resource.delete("chart-remains", state, INPUTS, self.operation())

    def left(self) -> list[str]:
        """The definitions and ConfigMaps of the cluster."""
        both = self.cluster.lists.get(DEFINITIONS, []) + self.cluster.lists["/api/v1/configmaps"]
        return [one["metadata"].get("namespace", one["metadata"]["name"]) for one in both]

    def warnings(self) -> str:
        return "\n".join(message for severity, message in self.said if severity is Severity.WARNING)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    paths = (DEFINITIONS, WEBHOOKS, "/api/v1/configmaps", "/api/v1/pods", "/apis/apps/v1/deployments")
    cluster = ClusterWithRemains(lists={path: [] for path in paths})
    server = ApiServer(cluster)
    configuration = {"kubeconfigFile": str(cluster.kubeconfig(tmp_path)), "context": "tests"}
    yield Scene(ChartLeftovers(configuration), cluster)
    server.close()


def named(name: str, namespace: str = "istio-system") -> dict[str, Any]:
    return {"metadata": {"name": name, "namespace": namespace}}


def test_what_the_stack_brought_and_nobody_uses_is_taken_away_and_told(scene: Scene) -> None:
    state = scene.created()
    scene.delete(state)
    assert scene.left() == []
    assert scene.said == [
        (
            Severity.INFO,
            f"taken away:\n  CustomResourceDefinition {GATEWAYS}\n  CustomResourceDefinition {SIDECARS}\n"
            "  ConfigMap default/istio-ca-root-cert",
        )
    ]


def test_a_second_deletion_finds_nothing_to_do(scene: Scene) -> None:
    state = scene.created()
    scene.delete(state)
    scene.said.clear()
    scene.delete(state)
    assert scene.said == []


def test_what_was_there_before_stays_and_is_listed(scene: Scene) -> None:
    scene.cluster.definition("telemetries.telemetry.istio.io")
    scene.cluster.config_map("bar", {"istio.io/config": "true"})
    scene.delete(scene.created())
    assert scene.left() == ["telemetries.telemetry.istio.io", "bar"]
    assert "CustomResourceDefinition telemetries.telemetry.istio.io: was there before this stack" in scene.warnings()
    assert "ConfigMap bar/istio-ca-root-cert: was there before this stack" in scene.warnings()


def test_definitions_and_config_maps_of_others_are_none_of_its_business(scene: Scene) -> None:
    state = scene.created()
    scene.cluster.definition("certificates.cert-manager.io", release="cert-manager")
    scene.cluster.config_map("own", {})
    scene.delete(state)
    assert scene.left() == ["certificates.cert-manager.io", "own"]
    assert scene.warnings() == ""


def test_a_definition_with_an_object_of_somebody_stays_and_names_it(scene: Scene) -> None:
    state = scene.created()
    scene.cluster.lists["/apis/networking.istio.io/v1/gateways"] = [named("shop", "web")]
    scene.delete(state)
    assert scene.left() == [GATEWAYS]
    assert f"CustomResourceDefinition {GATEWAYS}: has objects, web/shop for one" in scene.warnings()


def test_a_root_certificate_that_a_pod_mounts_stays_and_names_the_pod(scene: Scene) -> None:
    state = scene.created()
    volume = {"projected": {"sources": [{"configMap": {"name": "istio-ca-root-cert"}}]}}
    scene.cluster.lists["/api/v1/namespaces/default/pods"] = [
        {**named("ended", "default"), "spec": {"volumes": [volume]}, "status": {"phase": "Succeeded"}},
        {**named("web-0", "default"), "spec": {"volumes": [volume]}, "status": {"phase": "Running"}},
    ]
    scene.delete(state)
    assert scene.left() == ["default"]
    assert "ConfigMap default/istio-ca-root-cert: is mounted by pod web-0" in scene.warnings()


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/apis/apps/v1/deployments", "Deployment istio-system/istiod-canary"),
        (WEBHOOKS, "MutatingWebhookConfiguration istiod-canary"),
    ],
)
def test_while_another_control_plane_serves_the_cluster_everything_stays(scene: Scene, path: str, words: str) -> None:
    state = scene.created()
    scene.cluster.lists[path] = [named("istiod-canary")]
    scene.delete(state)
    assert scene.left() == [GATEWAYS, SIDECARS, "default"]
    assert scene.warnings().count(f"is served by {words}") == 3


def test_it_waits_until_istiods_last_pod_has_ended(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chart_leftovers_resource, "GONE_SECONDS", 0.5)
    state = scene.created()
    scene.cluster.lists["/api/v1/pods"] = [named("istiod-1")]
    scene.delete(state)
    assert "is served by pod istio-system/istiod-1" in scene.warnings()
    scene.cluster.lists["/api/v1/pods"] = []
    scene.delete(state)
    assert scene.left() == []


def test_a_definition_that_does_not_go_fails_in_time_with_the_remedy(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chart_leftovers_resource, "GONE_SECONDS", 0.5)
    state = scene.created()
    scene.cluster.finalized = False
    with pytest.raises(ResourceError, match=f"{GATEWAYS} is being deleted but is not gone .* finalizers"):
        scene.delete(state)


def test_without_the_right_to_look_destroy_goes_on_and_says_so(scene: Scene) -> None:
    state = scene.created()
    scene.cluster.forbidden = "/pods"
    scene.delete(state)
    assert scene.left() == [GATEWAYS, SIDECARS, "default"]
    assert "user may not GET /api/v1/pods" in scene.warnings()


def test_the_preview_says_what_a_destroy_will_take_away_and_asks_the_cluster_nothing(scene: Scene) -> None:
    scene.resource.create(dict(INPUTS), scene.operation(preview=True))
    assert scene.cluster.requests == []
    assert "destroy will take away the definitions of release istio-base" in scene.said[0][1]


def test_definitions_of_jobs_which_helm_does_not_know_are_taken_away_on_the_classic_line(scene: Scene) -> None:
    _, state = scene.resource.create(dict(CLASSIC), scene.operation())
    scene.cluster.definition_of_jobs(GATEWAYS, OF_JOBS)
    scene.cluster.definition_of_jobs("zipkins.config.istio.io", {"app": "mixer"})
    scene.cluster.definition_of_jobs("issuers.certmanager.k8s.io", {**OF_JOBS, "chart": "certmanager"})
    scene.cluster.definition_of_jobs("shops.corp.example", {})
    scene.cluster.definition("wasmplugins.extensions.istio.io", release="istio-base")
    scene.delete(state)
    assert scene.left() == ["shops.corp.example", "wasmplugins.extensions.istio.io"]
    assert scene.warnings() == ""


def test_definitions_of_jobs_that_were_there_before_or_have_objects_stay_and_are_told(scene: Scene) -> None:
    scene.cluster.definition_of_jobs(SIDECARS, OF_JOBS)
    _, state = scene.resource.create(dict(CLASSIC), scene.operation())
    scene.cluster.definition_of_jobs(GATEWAYS, OF_JOBS)
    scene.cluster.lists["/apis/networking.istio.io/v1alpha3/gateways"] = [named("shop", "web")]
    scene.delete(state)
    assert scene.left() == [SIDECARS, GATEWAYS]
    assert f"CustomResourceDefinition {SIDECARS}: was there before this stack" in scene.warnings()
    assert f"CustomResourceDefinition {GATEWAYS}: has objects, web/shop for one" in scene.warnings()


@pytest.mark.parametrize(
    ("policy", "goes"),
    [
        ({"labels": {**OF_JOBS, "heritage": "Helm"}}, True),
        ({"labels": {"team": "payments"}}, False),
        ({"labels": {**OF_JOBS, "heritage": "Helm"}, "annotations": {"meta.helm.sh/release-name": "istio"}}, False),
    ],
)
def test_the_mesh_policy_of_a_job_keeps_no_definition_and_somebodys_does(scene: Scene, policy: Any, goes: bool) -> None:
    _, state = scene.resource.create(dict(CLASSIC), scene.operation())
    scene.cluster.definition_of_jobs(MESH_POLICIES, OF_JOBS)
    path = "/apis/authentication.istio.io/v1alpha3/meshpolicies"
    scene.cluster.lists[path] = [{"metadata": {"name": "default", **policy}}]
    scene.delete(state)
    assert scene.left() == ([] if goes else [MESH_POLICIES])


def test_while_another_pilot_serves_the_cluster_definitions_stay(scene: Scene) -> None:
    _, state = scene.resource.create(dict(CLASSIC), scene.operation())
    scene.cluster.definition_of_jobs(GATEWAYS, OF_JOBS)
    scene.cluster.lists["/apis/apps/v1/deployments"] = [named("istio-pilot", "istio-canary")]
    scene.delete(state)
    assert scene.left() == [GATEWAYS]
    assert "is served by Deployment istio-canary/istio-pilot" in scene.warnings()


def test_before_kubernetes_1_16_definitions_are_looked_for_where_they_were_then(scene: Scene) -> None:
    former = DEFINITIONS.replace("/v1/", "/v1beta1/")
    scene.cluster.lists[former] = scene.cluster.lists.pop(DEFINITIONS)
    _, state = scene.resource.create(dict(CLASSIC), scene.operation())
    scene.cluster.definition_of_jobs(GATEWAYS, OF_JOBS, former)
    scene.delete(state)
    assert scene.cluster.lists[former] == []
