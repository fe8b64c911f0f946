"""What the plugin finds out about services that are to be exposed, against a stand-in of the cluster's API."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from meshx.cluster.cluster_client import Cluster, ClusterError
from meshx.control_plane.exposed_services_function import exposed_services
from tests.unit.stand_ins.api_stand_in import ApiServer, StandInApi

ARGUMENTS = {
    "services": [{"namespace": "bar", "service": "httpbin"}],
    "owners": ["meshx.dev.0123456789", "meshx.dev"],
    "istioApi": "v1beta1",
}
ENTRIES = "/apis/networking.istio.io/v1beta1/serviceentries"


@dataclass
class ClusterWithServices(StandInApi):
    """What stands at each path."""

    objects: dict[str, Any] = field(default_factory=dict)

    def answer(self, method: str, path: str, body: Any) -> tuple[int, dict[str, Any]]:
        """Status and body of an answer."""
        self.requests.append((method, path, body))
        if self.forbidden and self.forbidden in path:
            return 403, {"message": f"user may not {method} {path}"}
        found = self.objects.get(path)
        return (404, {"message": f"{path} not found"}) if found is None else (200, found)


def pod(name: str, *containers: str, phase: str = "Running", **metadata: Any) -> dict[str, Any]:
    return {
        "metadata": {"name": name, **metadata},
        "spec": {"serviceAccountName": "httpbin", "containers": [{"name": container} for container in containers]},
        "status": {"phase": phase},
    }


@pytest.fixture
def api() -> Iterator[ClusterWithServices]:
    there = ClusterWithServices(
        objects={
            "/api/v1/namespaces/bar": {"metadata": {"name": "bar", "labels": {"istio-injection": "enabled"}}},
            "/api/v1/namespaces/bar/services/httpbin": {
                "metadata": {"name": "httpbin", "namespace": "bar"},
                "spec": {
                    "clusterIP": "10.96.0.9",
                    "selector": {"app": "httpbin"},
                    "ports": [{"port": 8000, "name": "http"}],
                },
            },
            "/api/v1/namespaces/bar/pods": {"metadata": {}, "items": [pod("httpbin-1", "httpbin", "istio-proxy")]},
            ENTRIES: {"metadata": {}, "items": []},
        }
    )
    server = ApiServer(there)
    yield there
    server.close()


@pytest.fixture
def cluster(api: ClusterWithServices, tmp_path: Path) -> Cluster:
    return Cluster(str(api.kubeconfig(tmp_path)), "tests")


def seen(cluster: Cluster) -> dict[str, Any]:
    (service,) = exposed_services(cluster, dict(ARGUMENTS))["services"]
    return dict(service)


def test_a_service_is_told_with_its_address_ports_and_whose_pods_they_are(cluster: Cluster) -> None:
    assert seen(cluster) == {
        "namespace": "bar",
        "service": "httpbin",
        "exists": True,
        "clusterIp": "10.96.0.9",
        "externalName": "",
        "ports": [{"port": 8000, "name": "http", "appProtocol": "", "protocol": "TCP"}],
        "serviceAccounts": ["httpbin"],
        "pods": 1,
        "withoutSidecar": [],
        "ambient": [],
        "injects": True,
    }


def test_pods_whose_node_has_their_traffic_are_in_ambient_mode(api: ClusterWithServices, cluster: Cluster) -> None:
    there = pod("there", "httpbin")
    there["metadata"]["annotations"] = {"ambient.istio.io/redirection": "enabled"}
    off = pod("off", "httpbin")
    off["metadata"]["annotations"] = {"ambient.istio.io/redirection": "disabled"}
    api.objects["/api/v1/namespaces/bar/pods"]["items"] = [there, off]
    assert (seen(cluster)["ambient"], seen(cluster)["withoutSidecar"]) == (["there"], ["off", "there"])


@pytest.mark.parametrize("kind", ["replicasets", "statefulsets"])
def test_a_service_scaled_to_zero_has_the_accounts_that_its_next_pods_get(
    api: ClusterWithServices, cluster: Cluster, kind: str
) -> None:
    template = {"metadata": {"labels": {"app": "httpbin", "version": "v1"}}, "spec": {"serviceAccountName": "httpbin"}}
    others = {"metadata": {"labels": {"app": "other"}}, "spec": {"serviceAccountName": "other"}}
    api.objects["/api/v1/namespaces/bar/pods"]["items"] = []
    makers = [{"metadata": {}, "spec": {"replicas": 0, "template": one}} for one in (template, others, {})]
    api.objects[f"/apis/apps/v1/namespaces/bar/{kind}"] = {"metadata": {}, "items": makers}
    assert (seen(cluster)["serviceAccounts"], seen(cluster)["pods"]) == (["httpbin"], 0)


def test_who_may_not_look_at_what_makes_pods_is_told_of_no_account(api: ClusterWithServices, cluster: Cluster) -> None:
    api.objects["/api/v1/namespaces/bar/pods"]["items"] = []
    api.forbidden = "/apis/apps/"
    assert seen(cluster)["serviceAccounts"] == []


def test_pods_without_a_sidecar_are_named_and_those_that_are_over_do_not_count(
    api: ClusterWithServices, cluster: Cluster
) -> None:
    native = pod("native", "httpbin")
    native["spec"]["initContainers"] = [{"name": "istio-proxy"}]
    leaving = pod("leaving", "httpbin", deletionTimestamp="2026-01-01T00:00:00Z")
    done = pod("done", "httpbin", phase="Succeeded")
    api.objects["/api/v1/namespaces/bar/pods"]["items"] += [pod("bare", "httpbin"), native, leaving, done]
    assert seen(cluster)["withoutSidecar"] == ["bare"]
    assert seen(cluster)["pods"] == 3


@pytest.mark.parametrize(
    ("labels", "injects"),
    [
        ({"istio-injection": "enabled"}, True),
        ({"istio-injection": "disabled", "istio.io/rev": "canary"}, False),
        ({"istio.io/rev": "canary"}, True),
        ({}, False),
    ],
)
def test_new_pods_get_a_sidecar_where_the_namespace_asks_for_it(
    api: ClusterWithServices, cluster: Cluster, labels: dict[str, str], injects: bool
) -> None:
    api.objects["/api/v1/namespaces/bar"]["metadata"]["labels"] = labels
    assert seen(cluster)["injects"] is injects


def test_new_pods_get_a_sidecar_where_they_ask_for_it_themselves(api: ClusterWithServices, cluster: Cluster) -> None:
    api.objects["/api/v1/namespaces/bar"]["metadata"]["labels"] = {}
    asking = pod("asking", "httpbin", labels={"sidecar.istio.io/inject": "true"})
    api.objects["/api/v1/namespaces/bar/pods"]["items"] = [asking]
    assert seen(cluster)["injects"] is True


def test_a_service_that_is_not_there_is_told_as_that(api: ClusterWithServices, cluster: Cluster) -> None:
    del api.objects["/api/v1/namespaces/bar/services/httpbin"]
    assert (seen(cluster)["exists"], seen(cluster)["pods"], seen(cluster)["clusterIp"]) == (False, 0, "")


def test_where_a_service_leads_that_is_a_name_alone_is_told(api: ClusterWithServices, cluster: Cluster) -> None:
    spec = {"type": "ExternalName", "externalName": "shop.example"}
    api.objects["/api/v1/namespaces/bar/services/httpbin"]["spec"] = spec
    assert (seen(cluster)["externalName"], seen(cluster)["clusterIp"], seen(cluster)["ports"]) == (
        "shop.example",
        "",
        [],
    )


def test_a_service_without_a_selector_has_no_pods(api: ClusterWithServices, cluster: Cluster) -> None:
    del api.objects["/api/v1/namespaces/bar/services/httpbin"]["spec"]["selector"]
    assert seen(cluster)["serviceAccounts"] == []
    assert not [path for path in api.asked("GET") if path.endswith("/pods")]


def test_hosts_and_addresses_of_all_service_entries_are_told_and_whose_they_are(
    api: ClusterWithServices, cluster: Cluster
) -> None:
    def entry(host: str, owner: str, *addresses: str) -> dict[str, Any]:
        return {
            "metadata": {"labels": {"meshx/owner": owner}},
            "spec": {
                "hosts": [host],
                "ports": [{"number": 8000, "name": "http"}],
                **({"addresses": list(addresses)} if addresses else {}),
            },
        }

    api.objects[ENTRIES]["items"] = [
        entry("httpbin.bar.global", "meshx.dev", "127.255.0.3"),
        entry("theirs.example", "", "127.255.0.4", "10.0.0.0/8"),
        entry("nowhere.example", "meshx.prod"),
    ]
    assert exposed_services(cluster, dict(ARGUMENTS))["entries"] == [
        {"host": "httpbin.bar.global", "address": "127.255.0.3", "own": True, "ports": [8000]},
        {"host": "theirs.example", "address": "127.255.0.4", "own": False, "ports": [8000]},
        {"host": "theirs.example", "address": "10.0.0.0/8", "own": False, "ports": [8000]},
        {"host": "nowhere.example", "address": "", "own": False, "ports": [8000]},
    ]


def test_a_cluster_without_istio_has_no_service_entries(api: ClusterWithServices, cluster: Cluster) -> None:
    del api.objects[ENTRIES]
    assert exposed_services(cluster, dict(ARGUMENTS))["entries"] == []


def test_what_may_not_be_looked_at_is_an_error_with_the_remedy(api: ClusterWithServices, cluster: Cluster) -> None:
    api.forbidden = "/pods"
    with pytest.raises(ClusterError, match="give the user of this kubeconfig the right to it"):
        exposed_services(cluster, dict(ARGUMENTS))


def test_entries_of_istio_until_1_4_are_looked_at_by_the_only_version_that_it_serves(
    api: ClusterWithServices, cluster: Cluster
) -> None:
    entry = {"metadata": {}, "spec": {"hosts": ["theirs.example"], "addresses": ["127.255.0.3"]}}
    api.objects["/apis/networking.istio.io/v1alpha3/serviceentries"] = {"metadata": {}, "items": [entry]}
    del api.objects[ENTRIES]
    found = exposed_services(cluster, {**ARGUMENTS, "istioApi": "v1alpha3"})["entries"]
    assert found == [{"host": "theirs.example", "address": "127.255.0.3", "own": False, "ports": []}]
