"""What the plugin finds out about a cluster of the classic line, against a stand-in of its API."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from meshx.cluster.cluster_client import Cluster
from meshx.control_plane.functions import FUNCTIONS
from meshx.plugin_base.custom_resource import ResourceError
from tests.unit.stand_ins.api_stand_in import ApiServer
from tests.unit.stand_ins.objects_stand_in import ObjectsApi

MESH = "/api/v1/namespaces/istio-system/configmaps/istio"
INJECTOR = "/api/v1/namespaces/istio-system/configmaps/istio-sidecar-injector"
CITADEL = "/apis/apps/v1/namespaces/istio-system/deployments/istio-citadel"
GLOBAL_NAMES = "/apis/apps/v1/namespaces/istio-system/deployments/istiocoredns"
EXPANSION = "/apis/networking.istio.io/v1alpha3/namespaces/istio-system/gateways/meshexpansion-gateway"
INGRESS = "/api/v1/namespaces/istio-system/services/istio-ingressgateway"
ARGUMENTS = {
    "namespace": "istio-system",
    "gateway": {"name": "istio-ingressgateway", "namespace": "istio-system", "ports": [15011.0, 8060.0, 15443.0]},
    "deployments": ["istiocoredns"],
    "command": "helm upgrade --set global.meshExpansion.enabled=true istio install/kubernetes/helm/istio",
}


@pytest.fixture
def api() -> Iterator[ObjectsApi]:
    """A cluster where Istio runs with mesh expansion and gateways."""
    stand_in = ObjectsApi()
    stand_in.objects = {
        "/version": {"major": "1", "minor": "15+", "gitVersion": "v1.15.12-gke.20"},
        MESH: {"metadata": {"name": "istio"}, "data": {"mesh": "trustDomain: cluster.local\n"}},
        CITADEL: {"metadata": {"name": "istio-citadel"}},
        GLOBAL_NAMES: {"metadata": {"name": "istiocoredns"}},
        EXPANSION: {"metadata": {"name": "meshexpansion-gateway"}},
        INGRESS: {
            "metadata": {"name": "istio-ingressgateway"},
            "spec": {
                "type": "LoadBalancer",
                "ports": [{"port": port} for port in (80, 15011, 15004, 8060, 853, 15443)],
            },
            "status": {"loadBalancer": {"ingress": [{"ip": "35.232.112.158"}]}},
        },
    }
    server = ApiServer(stand_in)
    yield stand_in
    server.close()


@pytest.fixture
def cluster(api: ObjectsApi, tmp_path: Path) -> Cluster:
    return Cluster(str(api.kubeconfig(tmp_path)), "tests")


def citadel(cluster: Cluster, **changed: Any) -> dict[str, Any]:
    return FUNCTIONS["meshx:index:runningCitadel"](cluster, {**ARGUMENTS, **changed})


def told(*arguments: str) -> dict[str, Any]:
    """Citadel's Deployment with these arguments."""
    return {
        "metadata": {"name": "istio-citadel"},
        "spec": {"template": {"spec": {"containers": [{"name": "citadel", "args": list(arguments)}]}}},
    }


@pytest.mark.parametrize(
    ("arguments", "by_secret"),
    [
        (("--append-dns-names=true", "--self-signed-ca=true"), False),
        (("--self-signed-ca=false", "--signing-cert=/etc/cacerts/ca-cert.pem"), True),
        (("--self-signed-ca=false",), True),
        (("--signing-cert=/etc/cacerts/ca-cert.pem",), True),
        ((), False),
    ],
)
def test_a_citadel_says_by_its_arguments_whether_it_signs_by_the_secret(cluster, api, arguments, by_secret):
    api.objects[CITADEL] = told(*arguments)
    assert citadel(cluster)["bySecret"] is by_secret
    assert FUNCTIONS["meshx:index:signingCitadel"](cluster, {"namespace": "istio-system"}) == {"bySecret": by_secret}


def test_a_citadel_that_is_not_there_signs_by_nothing(cluster, api):
    del api.objects[CITADEL]
    assert FUNCTIONS["meshx:index:signingCitadel"](cluster, {"namespace": "istio-system"}) == {"bySecret": False}


def test_the_charts_rule_says_whether_callers_speak_mutual_tls(cluster, api):
    rule = {"spec": {"host": "*.local", "trafficPolicy": {"tls": {"mode": "ISTIO_MUTUAL"}}}}
    path = "/apis/networking.istio.io/v1alpha3/namespaces/istio-system/destinationrules/default"
    assert citadel(cluster)["mutualTls"] is False
    api.objects[path] = rule
    assert citadel(cluster)["mutualTls"] is True
    rule["spec"]["host"] = "shop.bar.svc.cluster.local"
    assert citadel(cluster)["mutualTls"] is False


def test_a_running_control_plane_says_its_mesh_and_its_address(cluster):
    assert citadel(cluster) == {
        "ingress": [{"ip": "35.232.112.158", "hostname": ""}],
        "type": "LoadBalancer",
        "mesh": "trustDomain: cluster.local\n",
        "injector": {},
        "bySecret": False,
        "mutualTls": False,
    }


def test_what_new_pods_are_given_is_said_where_they_get_a_sidecar_by_themselves(cluster, api):
    api.objects[INJECTOR] = {"metadata": {"name": "istio-sidecar-injector"}, "data": {"values": "{}"}}
    assert citadel(cluster)["injector"] == {"values": "{}"}


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        (MESH, r"no control plane of Istio 1\.1 to 1\.4 to adopt: ConfigMap istio is missing"),
        (CITADEL, "Deployment istio-citadel is missing"),
        (EXPANSION, r"mesh expansion is off.*helm upgrade --set global\.meshExpansion\.enabled=true"),
        (GLOBAL_NAMES, r"gateways to other networks are off: .*istiocoredns is missing.*helm upgrade"),
        (INGRESS, r"Service istio-system/istio-ingressgateway is missing\. Correct meshx:mesh\.gateway\.name"),
    ],
)
def test_what_is_missing_is_told_with_the_remedy(cluster, api, missing, words):
    del api.objects[missing]
    with pytest.raises(ResourceError, match=words):
        citadel(cluster)


@pytest.mark.parametrize("port", [15011, 8060, 15443])
def test_a_gateway_without_a_port_is_told_which(cluster, api, port):
    ports = api.objects[INGRESS]["spec"]["ports"]
    ports.remove({"port": port})
    with pytest.raises(ResourceError, match=f"lacks port {port}, by which machines"):
        citadel(cluster)


def test_a_single_network_needs_no_port_for_others(cluster, api):
    api.objects[INGRESS]["spec"]["ports"].remove({"port": 15443})
    assert citadel(cluster, gateway={**ARGUMENTS["gateway"], "ports": [15011, 8060]})["ingress"]


def test_what_this_stack_turns_on_itself_may_be_missing(cluster, api):
    del api.objects[EXPANSION]
    api.objects[INGRESS]["spec"]["ports"] = [{"port": 80}]
    assert citadel(cluster, turnOn=True)["ingress"] == [{"ip": "35.232.112.158", "hostname": ""}]


def test_a_config_map_of_another_kind_is_told_with_what_it_has(cluster, api):
    api.objects[MESH]["data"] = {"config.yaml": "x", "other": "y"}
    with pytest.raises(ResourceError, match=r"has no key mesh.*it has config\.yaml, other"):
        citadel(cluster)


def about(cluster: Cluster) -> dict[str, Any]:
    return FUNCTIONS["meshx:index:kubernetesCluster"](cluster, {})


def test_a_cluster_says_its_version_and_before_1_31_no_range(cluster):
    assert about(cluster) == {"major": "1", "minor": "15", "servicesCidrs": []}


@pytest.mark.parametrize("version", ["v1", "v1beta1"])
def test_a_later_cluster_says_the_ranges_of_its_services(cluster, api, version):
    cidrs = {"metadata": {"name": "kubernetes"}, "spec": {"cidrs": ["10.96.0.0/16", "fd00:10::/112"]}}
    api.objects[f"/apis/networking.k8s.io/{version}/servicecidrs/kubernetes"] = cidrs
    assert about(cluster)["servicesCidrs"] == ["10.96.0.0/16", "fd00:10::/112"]


def test_something_that_is_no_cluster_is_told(cluster, api):
    api.objects["/version"] = {"version": "something else"}
    with pytest.raises(ResourceError, match=r"says no version of Kubernetes.*meshx:cluster\.context"):
        about(cluster)


def test_a_citadel_that_serves_no_machine_is_refused(cluster, api):
    container = {"args": ["--server-only=true"], "env": [{"name": "NAMESPACE", "value": "bar"}]}
    api.objects[CITADEL] = {**api.objects[CITADEL], "spec": {"template": {"spec": {"containers": [container]}}}}
    with pytest.raises(ResourceError, match=r"writes no Secrets.*\n.*looks at bar alone.*identity in vm"):
        citadel(cluster, namespaces=["vm"])
