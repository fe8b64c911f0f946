"""What the program registers for machines on other networks and for services that are exposed to machines."""

from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml

from meshx.config.errors.problems import ConfigurationError
from tests.program.recorded_program import GATEWAY_ADDRESS, INSTALLED, Registered, owner, run
from tests.program.test_mesh import (
    ADOPTED,
    EXPOSED,
    JOIN,
    RELEASE,
    SERVICE_ENTRY,
    WORKLOAD_ENTRY,
    names_before,
    of_type,
    the,
)

GATEWAY = "kubernetes:networking.istio.io/v1:Gateway"
DESTINATION_RULE = "kubernetes:networking.istio.io/v1:DestinationRule"
VIRTUAL_SERVICE = "kubernetes:networking.istio.io/v1:VirtualService"
CLUSTER_ENV = "/var/lib/meshx/sidecar/cluster.env"
HTTPBIN = {"service": "httpbin", "namespace": "bar", "port": 8000}
SEEN: dict[str, Any] = {
    "services": [
        {
            "namespace": "bar",
            "service": "httpbin",
            "exists": True,
            "clusterIp": "10.96.0.9",
            "ports": [{"port": 8000, "name": "http", "appProtocol": ""}],
            "serviceAccounts": ["httpbin"],
            "pods": 1,
            "withoutSidecar": [],
            "injects": True,
        }
    ],
    "entries": [],
}
WITH_HTTPBIN = {**INSTALLED, "meshx:index:exposedServices": SEEN}


def adopted(**more: Any) -> dict[str, Any]:
    return {"istioVersion": "1.31", "revision": "canary", "install": {"controlPlane": False, "gateway": False}, **more}


def environment(registered: list[Registered], machine: str) -> str:
    bundle = the(registered, JOIN, machine).inputs["bundle"]
    return str(bundle["files"][CLUSTER_ENV]["content"])


def test_a_machine_on_another_network_is_told_which_and_so_are_callers(both: dict[str, Any], folder: Path) -> None:
    registered = run(both, folder)
    assert the(registered, WORKLOAD_ENTRY, "vm-1").inputs["spec"]["network"] == "network1"
    assert the(registered, WORKLOAD_ENTRY, "vm-2").inputs["spec"]["network"] == "network2"
    assert "ISTIO_META_NETWORK='network2'" in environment(registered, "vm-2")
    assert "ISTIO_SERVICE_CIDR='*'" in environment(registered, "vm-2")


def test_the_gateway_lets_other_networks_in_by_itself_and_before_their_machines_join(
    both: dict[str, Any], folder: Path
) -> None:
    registered = run(both, folder)
    gateway = the(registered, GATEWAY, "cross-network-gateway").inputs["spec"]
    assert gateway["selector"] == {"istio": "eastwestgateway"}
    (server,) = gateway["servers"]
    assert (server["port"]["number"], server["tls"]["mode"], server["hosts"]) == (
        15443,
        "AUTO_PASSTHROUGH",
        ["*.local"],
    )
    values = the(registered, RELEASE, "istio-eastwestgateway").inputs["values"]
    assert values["labels"] == {"topology.istio.io/network": "network1"}
    assert values["env"] == {"ISTIO_META_REQUESTED_NETWORK_VIEW": "network1"}
    assert [port["port"] for port in values["service"]["ports"]] == [15021, 15443, 15012]
    namespace = the(registered, "kubernetes:core/v1:Namespace", "istio-system")
    assert namespace.inputs["metadata"]["labels"]["topology.istio.io/network"] == "network1"
    assert f"{GATEWAY} cross-network-gateway" in names_before(registered, the(registered, JOIN, "vm-2"))


def test_nobody_is_let_in_where_all_machines_are_on_the_clusters_network(values: dict[str, Any], folder: Path) -> None:
    assert [one.name for one in of_type(run(values, folder), GATEWAY)] == ["istiod-gateway"]


def test_another_network_takes_one_resource_more_and_the_machine_at_most_four(
    both: dict[str, Any], folder: Path
) -> None:
    of_machine = [one for one in run(both, folder) if "vm-2" in one.name]
    assert 1 <= len(of_machine) <= 4


def test_an_exposed_service_is_described_by_the_gateway_the_real_name_and_its_identity(
    both: dict[str, Any], folder: Path
) -> None:
    both["exposed"] = [HTTPBIN]
    registered = run(both, folder, WITH_HTTPBIN)
    entry = the(registered, SERVICE_ENTRY, "exposed/bar/httpbin").inputs
    assert (entry["metadata"]["namespace"], entry["metadata"]["labels"]["meshx/owner"]) == ("bar", owner().mark)
    assert entry["spec"] == {
        "hosts": ["httpbin.bar.global"],
        "location": "MESH_INTERNAL",
        "resolution": "DNS",
        "addresses": ["127.255.223.4"],
        "ports": [{"name": "http-8000", "number": 8000, "protocol": "HTTP"}],
        "endpoints": [{"address": GATEWAY_ADDRESS, "ports": {"http-8000": 15443}}],
    }
    assert the(registered, DESTINATION_RULE, "exposed/bar/httpbin").inputs["spec"] == {
        "host": "httpbin.bar.global",
        "trafficPolicy": {
            "tls": {
                "mode": "ISTIO_MUTUAL",
                "sni": "outbound_.8000_._.httpbin.bar.svc.cluster.local",
                "subjectAltNames": ["spiffe://cluster.local/ns/bar/sa/httpbin"],
            }
        },
    }


def test_the_name_leads_each_machine_by_its_own_way(both: dict[str, Any], folder: Path) -> None:
    both["exposed"] = [HTTPBIN]
    registered = run(both, folder, WITH_HTTPBIN)
    hosts = {name: the(registered, JOIN, name).inputs["bundle"]["hosts"] for name in ("vm-1", "vm-2")}
    assert hosts["vm-1"]["httpbin.bar.global"] == "10.96.0.9"
    assert hosts["vm-2"]["httpbin.bar.global"] == "127.255.223.4"
    assert hosts["vm-2"]["istiod.istio-system.svc"] == GATEWAY_ADDRESS
    assert "ISTIO_SERVICE_CIDR='*'" in environment(registered, "vm-1")
    assert "ISTIO_SERVICE_CIDR='0.0.0.0/0,127.255.0.0/16,::/0'" in environment(registered, "vm-2")
    routes = the(registered, VIRTUAL_SERVICE, "exposed/bar/httpbin").inputs["spec"]["http"]
    assert routes[0]["match"] == [{"sourceLabels": {"topology.istio.io/network": "network1"}}]
    assert routes[0]["route"][0]["destination"]["host"] == "httpbin.bar.svc.cluster.local"
    assert routes[1]["route"][0]["destination"]["host"] == "httpbin.bar.global"


@pytest.mark.parametrize(("port", "machines"), [("tcp-raw", None), ("http", ["vm-2"])])
def test_requests_are_routed_only_where_a_machine_of_the_clusters_network_makes_some(
    both: dict[str, Any], folder: Path, port: str, machines: list[str] | None
) -> None:
    both["exposed"] = [{**HTTPBIN, **({"machines": machines} if machines else {})}]
    service = {**SEEN["services"][0], "ports": [{"port": 8000, "name": port, "appProtocol": ""}]}
    objects = {**INSTALLED, "meshx:index:exposedServices": {**SEEN, "services": [service]}}
    virtual_services = of_type(run(both, folder, objects), VIRTUAL_SERVICE)
    assert [one.name for one in virtual_services] == ["istiod-vs"]


MANY = {
    **SEEN["services"][0],
    "ports": [
        {"port": 8000, "name": "http", "appProtocol": ""},
        {"port": 9000, "name": "raw", "appProtocol": "tcp"},
        {"port": 9001, "name": "grpc-reports", "appProtocol": ""},
        {"port": 53, "name": "dns", "appProtocol": "", "protocol": "UDP"},
    ],
}
WITH_MANY = {**INSTALLED, "meshx:index:exposedServices": {**SEEN, "services": [MANY]}}


def test_a_service_is_described_with_all_its_ports_each_with_what_it_carries(
    both: dict[str, Any], folder: Path
) -> None:
    both["exposed"] = [{"service": "httpbin", "namespace": "bar"}]
    registered = run(both, folder, WITH_MANY)
    spec = the(registered, SERVICE_ENTRY, "exposed/bar/httpbin").inputs["spec"]
    carried = [(8000, "HTTP"), (9000, "TCP"), (9001, "GRPC")]
    assert spec["ports"] == [
        {"name": f"{what.lower()}-{number}", "number": number, "protocol": what} for number, what in carried
    ]
    assert spec["endpoints"] == [
        {"address": GATEWAY_ADDRESS, "ports": {"http-8000": 15443, "tcp-9000": 15443, "grpc-9001": 15443}}
    ]
    policy = the(registered, DESTINATION_RULE, "exposed/bar/httpbin").inputs["spec"]["trafficPolicy"]
    assert {one["port"]["number"]: one["tls"]["sni"] for one in policy.pop("portLevelSettings")} == {
        number: f"outbound_.{number}_._.httpbin.bar.svc.cluster.local" for number, _ in carried
    }
    assert not policy
    routes = the(registered, VIRTUAL_SERVICE, "exposed/bar/httpbin").inputs["spec"]
    assert set(routes) == {"hosts", "http"}, "a machine calls the service's own address: that suffices for TCP"
    on_network = {"topology.istio.io/network": "network1"}
    for number, near, far in zip((8000, 9001), routes["http"][::2], routes["http"][1::2], strict=True):
        assert near["match"] == [{"port": number, "sourceLabels": on_network}]
        assert far["match"] == [{"port": number}]
        to = [one["route"][0]["destination"] for one in (near, far)]
        assert to == [
            {"host": "httpbin.bar.svc.cluster.local", "port": {"number": number}},
            {"host": "httpbin.bar.global", "port": {"number": number}},
        ]


def test_ports_that_are_named_are_described_alone(both: dict[str, Any], folder: Path) -> None:
    both["exposed"] = [{"service": "httpbin", "namespace": "bar", "ports": [9000]}]
    registered = run(both, folder, WITH_MANY)
    spec = the(registered, SERVICE_ENTRY, "exposed/bar/httpbin").inputs["spec"]
    assert [port["number"] for port in spec["ports"]] == [9000]
    assert [one.name for one in of_type(registered, VIRTUAL_SERVICE)] == ["istiod-vs"]


@pytest.mark.parametrize("ports", [{}, {"port": 8000}, {"ports": [8000]}])
def test_one_port_makes_the_same_objects_whether_it_is_named_or_the_only_one(
    both: dict[str, Any], folder: Path, ports: dict[str, Any]
) -> None:
    both["exposed"] = [HTTPBIN]
    before = run(both, folder, WITH_HTTPBIN)
    both["exposed"] = [{"service": "httpbin", "namespace": "bar", **ports}]
    now = run(both, folder, WITH_HTTPBIN)
    assert {one.urn: one.inputs for one in now} == {one.urn: one.inputs for one in before}


def test_no_gateway_is_made_for_an_exposed_service(both: dict[str, Any], folder: Path) -> None:
    before = [one.name for one in of_type(run(both, folder), GATEWAY)]
    both["exposed"] = [HTTPBIN]
    assert [one.name for one in of_type(run(both, folder, WITH_HTTPBIN), GATEWAY)] == before


def test_what_cannot_work_is_refused_before_anything_is_made(both: dict[str, Any], folder: Path) -> None:
    both["exposed"] = [HTTPBIN]
    bare = {**SEEN["services"][0], "withoutSidecar": ["httpbin-1"], "injects": False}
    objects = {**INSTALLED, "meshx:index:exposedServices": {**SEEN, "services": [bare]}}
    with pytest.raises(ConfigurationError, match=r"pods of bar/httpbin have no sidecar") as refused:
        run(both, folder, objects)
    assert "write: " in str(refused.value)


@pytest.mark.parametrize(("passes", "made"), [(True, []), (False, ["meshx-cross-network-gateway-canary"])])
def test_an_adopted_gateway_is_opened_for_other_networks_by_an_object_of_our_own_if_need_be(
    both: dict[str, Any], folder: Path, passes: bool, made: list[str]
) -> None:
    both["mesh"] = adopted()
    found = {**EXPOSED, "crossNetwork": passes}
    registered = run(both, folder, {**ADOPTED, "meshx:index:runningGateway": found})
    # network1 is not written anywhere, so the first machine is on the adopted cluster's own network.
    gateways = of_type(registered, GATEWAY)
    assert [one.name for one in gateways] == made
    assert all(one.inputs["spec"]["selector"] == EXPOSED["selector"] for one in gateways)
    assert "ISTIO_META_NETWORK='vpc'" in environment(registered, "vm-1")


@pytest.mark.parametrize("named", ["by a label", "by meshNetworks"])
def test_an_adopted_gateway_that_is_nobodys_network_gateway_is_refused_and_one_that_is_named_is_not(
    both: dict[str, Any], folder: Path, named: str
) -> None:
    both["mesh"] = adopted()
    nameless = {**ADOPTED, "meshx:index:runningGateway": {**EXPOSED, "network": ""}}
    with pytest.raises(ConfigurationError, match=r"vm-2 is on network2, and the mesh knows no gateway of vpc"):
        run(both, folder, nameless)
    if named == "by a label":
        assert run(both, folder, ADOPTED)
        return
    networks = yaml.safe_dump({"networks": {"vpc": {"gateways": [{"address": "10.0.0.1", "port": 15443}]}}})
    istiod = {**ADOPTED["meshx:index:runningIstiod"], "meshNetworks": networks}
    assert run(both, folder, {**nameless, "meshx:index:runningIstiod": istiod})


def test_an_adopted_cluster_without_a_network_has_no_other_and_nothing_is_made(
    both: dict[str, Any], folder: Path
) -> None:
    both["mesh"] = adopted()
    istiod = {**ADOPTED["meshx:index:runningIstiod"], "injectorValues": "{}"}
    with pytest.raises(ConfigurationError, match=r"the cluster's own network has no name") as refused:
        run(both, folder, {**ADOPTED, "meshx:index:runningIstiod": istiod})
    assert refused.value.problems[0].path == "meshx:workloads[0].machines[1].network"


def test_a_gateway_beside_an_adopted_control_plane_serves_the_network_that_it_names(
    both: dict[str, Any], folder: Path
) -> None:
    both["mesh"] = {**adopted(chart={"path": "charts"}), "install": {"controlPlane": False, "gateway": True}}
    registered = run(both, folder, ADOPTED)
    assert the(registered, RELEASE).inputs["values"]["labels"]["topology.istio.io/network"] == "vpc"
    assert "meshx-cross-network-gateway-canary" in {one.name for one in of_type(registered, GATEWAY)}


def test_two_clusters_of_one_mesh_are_told_apart_by_cluster_and_network_alone(
    both: dict[str, Any], folder: Path
) -> None:
    told: list[dict[str, Any]] = []
    for cluster, network in (("cluster1", "network1"), ("cluster2", "network3")):
        both["mesh"] |= {"meshId": "shop", "clusterName": cluster, "network": network}
        registered = run(both, folder)
        mesh = the(registered, JOIN, "vm-2").inputs["bundle"]["files"]["/etc/istio/config/mesh"]["content"]
        metadata = yaml.safe_load(mesh)["defaultConfig"]["proxyMetadata"]
        istiod = the(registered, RELEASE, "istiod").inputs["values"]["global"]
        gateway = the(registered, RELEASE, "istio-eastwestgateway").inputs["values"]
        assert metadata["ISTIO_META_CLUSTER_ID"] == istiod["multiCluster"]["clusterName"] == cluster
        assert istiod["network"] == gateway["labels"]["topology.istio.io/network"] == network
        assert metadata["ISTIO_META_NETWORK"] == "network2"
        told.append({key: metadata[key] for key in ("ISTIO_META_MESH_ID", "TRUST_DOMAIN")} | {"id": istiod["meshID"]})
    assert told[0] == told[1] == {"ISTIO_META_MESH_ID": "shop", "TRUST_DOMAIN": "cluster.local", "id": "shop"}


@pytest.mark.parametrize("listed", [False, True])
def test_another_network_is_told_until_it_is_listed(
    both: dict[str, Any], folder: Path, listed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(pulumi.log, "info", lambda message, *_: told.append(message))
    if listed:
        both["networks"] = [{"name": "network2"}]
    run(both, folder)
    assert len(told) == (0 if listed else 1)
    assert all("vm-2 is on network2, another network than the cluster's, network1" in message for message in told)
