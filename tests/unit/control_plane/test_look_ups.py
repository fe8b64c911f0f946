"""What the program asks of a Service and of the root certificate once they are made."""

from typing import Any

import pytest

from meshx.cluster import cluster_lookups
from meshx.cluster.cluster_client import Cluster
from meshx.control_plane import root_certificate_function
from meshx.control_plane.service_addresses_function import service_addresses
from meshx.plugin_base.custom_resource import ResourceError

GATEWAY = {"namespace": "istio-system", "name": "istio-eastwestgateway"}


@pytest.mark.parametrize(
    ("service", "expected"),
    [
        ({"spec": {"clusterIP": "10.96.0.7"}, "status": {"loadBalancer": {}}}, ("10.96.0.7", [])),
        ({"spec": {"clusterIP": "None"}}, ("None", [])),
        (
            {"status": {"loadBalancer": {"ingress": [{"ip": "203.0.113.7"}, {"hostname": "lb.example"}]}}},
            ("", [{"ip": "203.0.113.7", "hostname": ""}, {"ip": "", "hostname": "lb.example"}]),
        ),
    ],
    ids=["no address yet", "headless", "an address and a host name"],
)
def test_a_service_tells_its_addresses(
    service: dict[str, Any], expected: tuple[str, list[dict[str, str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster_lookups, "service", lambda cluster, namespace, name: service)
    found = service_addresses(Cluster(), GATEWAY)
    assert (found["clusterIp"], found["ingress"]) == expected


def test_a_service_that_was_removed_is_named_with_what_makes_it_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_lookups, "service", lambda cluster, namespace, name: None)
    with pytest.raises(ResourceError, match=r"Service istio-system/istio-eastwestgateway is not .*pulumi up --refresh"):
        service_addresses(Cluster(), GATEWAY)


@pytest.mark.parametrize("data", [None, {}, {"root-cert.pem": ""}], ids=["no ConfigMap", "an empty one", "no content"])
def test_a_root_certificate_that_istiod_has_not_written_is_an_error(
    data: dict[str, str] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(root_certificate_function, "config_map", lambda cluster, namespace, name: data)
    with pytest.raises(ResourceError, match=r"ConfigMap edge/istio-ca-root-cert\): see in istiod's log"):
        root_certificate_function.root_certificate(Cluster(), {"namespace": "edge"})


def test_the_root_certificate_is_what_istiod_wrote(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        root_certificate_function, "config_map", lambda cluster, namespace, name: {"root-cert.pem": "PEM"}
    )
    assert root_certificate_function.root_certificate(Cluster(), {"namespace": "edge"}) == {"certificate": "PEM"}
