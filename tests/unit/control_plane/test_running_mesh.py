"""What the plugin finds out about a mesh of others, and how it says what is missing."""

from typing import Any

import pytest

from meshx.cluster import cluster_lookups
from meshx.cluster.cluster_client import Cluster
from meshx.control_plane import running_istiod_function
from meshx.control_plane.running_gateway_function import running_gateway
from meshx.plugin_base.custom_resource import ResourceError

GATEWAY = {
    "name": "corp-gateway",
    "namespace": "corp-ingress",
    "selector": {},
    "revision": "canary",
    "systemNamespace": "istio-system",
    "owners": ["meshx.dev.0123456789", "meshx.dev"],
}
SERVICE = {
    "metadata": {"name": "corp-gateway", "namespace": "corp-ingress"},
    "spec": {
        "type": "LoadBalancer",
        "selector": {"app": "corp-gateway", "istio": "corp"},
        "ports": [{"port": 15443}, {"port": 15012}],
    },
    "status": {"loadBalancer": {"ingress": [{"ip": "10.77.0.200"}]}},
}


def gateway_object(hosts: list[str] | None = None, **labels: str) -> dict[str, Any]:
    server: dict[str, Any] = {"port": {"number": 15012}, **({"hosts": hosts} if hosts else {})}
    return {
        "metadata": {"name": "istiod-gateway", "namespace": "istio-system", "labels": labels},
        "spec": {"selector": {"istio": "corp"}, "servers": [server]},
    }


def route_to(host: str, gateway: str = "istiod-gateway", **labels: str) -> dict[str, Any]:
    route = {"match": [{"port": 15012}], "route": [{"destination": {"host": host}}]}
    return {
        "metadata": {"name": "vs", "namespace": "istio-system", "labels": labels},
        "spec": {"gateways": [gateway], "tls": [route]},
    }


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What is in the cluster; tests change it."""
    there: dict[str, Any] = {"service": SERVICE, "services": [SERVICE], "gateways": [], "virtualservices": []}
    monkeypatch.setattr(cluster_lookups, "service", lambda cluster, namespace, name: there["service"])
    monkeypatch.setattr(cluster_lookups, "services", lambda cluster: there["services"])
    monkeypatch.setattr(cluster_lookups, "istio_objects", lambda cluster, plural: there[plural])
    return there


@pytest.mark.parametrize(
    ("gateways", "routes", "gateway", "exposed"),
    [
        ([], [], "", False),
        ([gateway_object()], [], "istio-system/istiod-gateway", False),
        ([gateway_object()], [route_to("istiod.istio-system.svc.cluster.local")], "istio-system/istiod-gateway", False),
        ([gateway_object()], [route_to("istiod-canary.istio-system.svc")], "istio-system/istiod-gateway", True),
        ([gateway_object()], [route_to("istiod-canary", "istio-system/other")], "istio-system/istiod-gateway", False),
        # Another stack's, for the CA of its mesh.
        (
            [gateway_object(hosts=["csr.cert-manager.svc"])],
            [route_to("csr.cert-manager.svc.cluster.local")],
            "",
            False,
        ),
        (
            [gateway_object(hosts=["istio-system/*.istio-system.svc"])],
            [route_to("istiod-canary.istio-system.svc")],
            "istio-system/istiod-gateway",
            True,
        ),
        # What this stack made itself must not make it take its own objects away in the next run.
        (
            [gateway_object(**{"meshx/owner": "meshx.dev"})],
            [route_to("istiod-canary.istio-system.svc", **{"meshx/owner": "meshx.dev"})],
            "",
            False,
        ),
    ],
)
def test_a_gateway_leads_to_istiod_only_by_a_route_of_others_to_that_revision(
    found: dict[str, Any], gateways: list[Any], routes: list[Any], gateway: str, exposed: bool
) -> None:
    found |= {"gateways": gateways, "virtualservices": routes}
    result = running_gateway(Cluster(), GATEWAY)
    assert (result["gateway"], result["exposed"]) == (gateway, exposed)
    assert result["ingress"] == [{"ip": "10.77.0.200", "hostname": ""}]
    assert result["selector"] == {"app": "corp-gateway", "istio": "corp"}


@pytest.mark.parametrize(
    ("labels", "ports", "network"),
    [
        ({"topology.istio.io/network": "vpc"}, [15012, 15443], "vpc"),
        ({"topology.istio.io/network": "vpc"}, [15012], ""),
        ({}, [15012, 15443], ""),
    ],
)
def test_a_gateway_is_a_networks_only_by_label_and_port(
    found: dict[str, Any], labels: dict[str, str], ports: list[int], network: str
) -> None:
    spec = {**SERVICE["spec"], "ports": [{"port": port} for port in ports]}
    found["service"] = {**SERVICE, "metadata": {**SERVICE["metadata"], "labels": labels}, "spec": spec}
    assert running_gateway(Cluster(), GATEWAY)["network"] == network


@pytest.mark.parametrize(
    ("mode", "port", "labels", "passes"),
    [
        ("AUTO_PASSTHROUGH", 15443, {}, True),
        ("PASSTHROUGH", 15443, {}, False),
        ("AUTO_PASSTHROUGH", 15444, {}, False),
        ("AUTO_PASSTHROUGH", 15443, {"meshx/owner": "meshx.dev"}, False),
    ],
)
def test_a_gateway_passes_networks_on_only_by_an_object_of_others(
    found: dict[str, Any], mode: str, port: int, labels: dict[str, str], passes: bool
) -> None:
    server = {"port": {"number": port}, "tls": {"mode": mode}}
    opened = gateway_object(**labels)
    found["gateways"] = [{**opened, "spec": {**opened["spec"], "servers": [server]}}]
    assert running_gateway(Cluster(), GATEWAY)["crossNetwork"] is passes


def test_a_gateway_that_is_missing_is_told_with_those_that_would_do(found: dict[str, Any]) -> None:
    found["service"] = None
    with pytest.raises(ResourceError, match=r"Service corp-ingress/corp-gateway is missing; with port 15012 there is"):
        running_gateway(Cluster(), GATEWAY)


def test_a_gateway_without_istiods_port_is_refused_with_what_to_add(found: dict[str, Any]) -> None:
    found["service"] = {**SERVICE, "spec": {**SERVICE["spec"], "ports": [{"port": 443}, {"port": 80}]}}
    with pytest.raises(ResourceError, match=r"has no port 15012.*its ports are 80, 443.*networkGateway"):
        running_gateway(Cluster(), GATEWAY)


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        (
            "istio-canary",
            r"ConfigMap istio-system/istio-canary is missing, .* there are: default, stable\. .* a tag of others is "
            r"followed by whoever may `get` mutatingwebhookconfigurations",
        ),
        ("istio-sidecar-injector-canary", r"ConfigMap istio-system/istio-sidecar-injector-canary is missing"),
    ],
)
def test_a_control_plane_that_lacks_something_is_told_with_the_remedy(
    monkeypatch: pytest.MonkeyPatch, missing: str, said: str
) -> None:
    labels = [{"istio.io/rev": "stable"}, {}]
    monkeypatch.setattr(
        running_istiod_function, "config_map", lambda cluster, namespace, name: None if name == missing else {}
    )
    monkeypatch.setattr(
        running_istiod_function, "deployments", lambda *_: [{"metadata": {"labels": one}} for one in labels]
    )
    with pytest.raises(ResourceError, match=said):
        running_istiod_function.running_istiod(Cluster(), {"namespace": "istio-system", "revision": "canary"})


def test_a_running_istiod_says_its_plain_variables_and_whose_namespaces_it_looks_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def istiod(revision: str, value: str) -> dict[str, Any]:
        variables = [{"name": "ENABLE_CA_SERVER", "value": value}, {"name": "POD_NAME", "valueFrom": {"fieldRef": {}}}]
        containers = [{"name": "discovery", "env": variables}, {"name": "other", "env": [{"name": "X", "value": "y"}]}]
        return {
            "metadata": {"labels": {"istio.io/rev": revision}},
            "spec": {"template": {"spec": {"containers": containers}}},
        }

    there = {"vm": {"mesh": "on"}, "istio-system": {}}
    monkeypatch.setattr(running_istiod_function, "config_map", lambda *_: {"mesh": "{}"})
    monkeypatch.setattr(running_istiod_function, "root_certificate", lambda *_: {"certificate": "root"})
    monkeypatch.setattr(running_istiod_function, "namespace_labels", lambda _, name: there.get(name, {}))
    monkeypatch.setattr(
        running_istiod_function, "deployments", lambda *_: [istiod("stable", "true"), istiod("canary", "false")]
    )
    asked = {"namespace": "istio-system", "revision": "canary", "namespaces": ["vm", "none"]}
    found = running_istiod_function.running_istiod(Cluster(), asked)
    assert found["environment"] == {"ENABLE_CA_SERVER": "false"}
    assert found["namespaces"] == {"vm": {"mesh": "on"}}


def test_where_gateways_hold_in_their_own_namespace_alone_others_lead_nowhere(found: dict[str, Any]) -> None:
    found |= {"gateways": [gateway_object()], "virtualservices": [route_to("istiod-canary.istio-system.svc")]}
    assert running_gateway(Cluster(), {**GATEWAY, "scope": "istio-system"})["exposed"]
    assert not running_gateway(Cluster(), {**GATEWAY, "scope": "corp-ingress"})["exposed"]
