"""What the program registers with Istio 1.1 to 1.4 for services that machines call, and for names below `global`."""

from typing import Any

import pulumi
import pytest

from meshx.config.errors.problems import ConfigurationError
from tests.program.recorded_program import GATEWAY_ADDRESS, Cluster, owner, run
from tests.program.test_classic_mesh import EXPANSION, INSTALLED, JOIN, RUNNING, SERVICE_ENTRY
from tests.program.test_mesh import names, of_type, the
from tests.program.test_networks import HTTPBIN, SEEN

DNS_STUB = "meshx:index:DnsStub"
ISTIO_DNS_ADDRESS = "172.21.100.53"
SEEN_HTTPBIN = {**SEEN["services"][0], "clusterIp": "172.21.4.7"}
FOUND: dict[str, Any] = {**INSTALLED, "meshx:index:exposedServices": {"services": [SEEN_HTTPBIN], "entries": []}}
CONFIG_CLASSES = ("Gateway", "DestinationRule", "VirtualService", "EnvoyFilter", "ServiceEntry")


def networking(registered: list[Any], name: str) -> list[str]:
    """The kinds of networking objects that belong to a logical name."""
    return [kind for one in registered if one.name == name for kind in CONFIG_CLASSES if one.type.endswith(f":{kind}")]


@pytest.fixture
def both(elsewhere: dict[str, Any]) -> dict[str, Any]:
    """A machine on the cluster's network, vm-1, and one elsewhere, vm-2."""
    machines = elsewhere["workloads"][0]["machines"]
    machines.append({**machines[0], "name": "vm-2", "address": "10.79.0.12"})
    del machines[0]["network"]
    return elsewhere


def hosts(registered: list[Any], machine: str) -> dict[str, str]:
    """The lines of a machine's hosts file, the gateway's aside."""
    wanted = the(registered, JOIN, machine).inputs["bundle"]["hosts"]
    return {name: address for name, address in wanted.items() if address != GATEWAY_ADDRESS}


def test_on_a_single_network_machines_find_a_service_by_its_cluster_ip_and_no_object_is_made(classic, folder):
    classic["exposed"] = [HTTPBIN]
    registered = run(classic, folder, FOUND)
    assert hosts(registered, "vm-1") == {"httpbin.bar.svc.cluster.local": "172.21.4.7"}
    assert not [one for one in registered if one.name.startswith("exposed")]


@pytest.mark.parametrize("version", ["1.1.17", "1.2.10", "1.3.8", "1.4.10"])
def test_across_networks_the_guides_service_entry_is_made_and_nothing_beside_it(both, folder, version):
    both["mesh"]["istioVersion"] = version
    both["exposed"] = [{**HTTPBIN, "address": "127.255.0.3"}]
    registered = run(both, folder, FOUND)
    entry = the(registered, SERVICE_ENTRY, "exposed/bar/httpbin")
    assert entry.inputs["apiVersion"] == "networking.istio.io/v1alpha3"
    assert (entry.inputs["metadata"]["namespace"], entry.inputs["metadata"]["labels"]["meshx/owner"]) == (
        "bar",
        owner().mark,
    )
    assert entry.inputs["spec"] == {
        "hosts": ["httpbin.bar.global"],
        "location": "MESH_INTERNAL",
        "ports": [{"name": "http-8000", "number": 8000, "protocol": "HTTP"}],
        "resolution": "DNS",
        "addresses": ["127.255.0.3"],
        "endpoints": [{"address": GATEWAY_ADDRESS, "ports": {"http-8000": 15443}}],
    }
    assert networking(registered, "exposed/bar/httpbin") == ["ServiceEntry"]
    assert f"{EXPANSION} mesh-expansion" in names(entry.dependencies)


def test_all_ports_of_a_service_stand_in_its_entry(both, folder):
    both["exposed"] = [{"service": "httpbin", "namespace": "bar"}]
    ports = [*SEEN_HTTPBIN["ports"], {"port": 9000, "name": "tcp-raw", "appProtocol": ""}]
    found = {"services": [{**SEEN_HTTPBIN, "ports": ports}], "entries": []}
    registered = run(both, folder, {**FOUND, "meshx:index:exposedServices": found})
    spec = the(registered, SERVICE_ENTRY, "exposed/bar/httpbin").inputs["spec"]
    assert [(port["name"], port["number"], port["protocol"]) for port in spec["ports"]] == [
        ("http-8000", 8000, "HTTP"),
        ("tcp-9000", 9000, "TCP"),
    ]
    assert spec["endpoints"] == [{"address": GATEWAY_ADDRESS, "ports": {"http-8000": 15443, "tcp-9000": 15443}}]
    assert networking(registered, "exposed/bar/httpbin") == ["ServiceEntry"]


def test_the_name_leads_each_machine_by_its_own_way(both, folder):
    both["exposed"] = [{**HTTPBIN, "address": "127.255.0.3"}]
    registered = run(both, folder, FOUND)
    assert hosts(registered, "vm-2") == {"httpbin.bar.global": "127.255.0.3"}
    assert hosts(registered, "vm-1") == {
        "httpbin.bar.svc.cluster.local": "172.21.4.7",
        "httpbin.bar.global": "127.255.0.3",
    }
    environment = the(registered, JOIN, "vm-2").inputs["bundle"]["files"]["/var/lib/meshx/sidecar/cluster.env"]
    assert "ISTIO_INBOUND_PORTS=8080\n" in environment["content"]


def test_the_machines_that_are_named_know_the_name_alone(both, folder):
    both["exposed"] = [{**HTTPBIN, "machines": ["vm-1"]}]
    registered = run(both, folder, FOUND)
    assert hosts(registered, "vm-2") == {}
    assert "httpbin.bar.svc.cluster.local" in hosts(registered, "vm-1")


def test_entries_are_looked_at_by_the_version_that_the_line_serves(both, folder, monkeypatch):
    asked: list[dict[str, Any]] = []
    answer = Cluster.call

    def call(mocks: Cluster, args: Any) -> Any:
        if args.token == "meshx:index:exposedServices":
            asked.append(dict(args.args))
        return answer(mocks, args)

    monkeypatch.setattr(Cluster, "call", call)
    both["exposed"] = [HTTPBIN]
    run(both, folder, FOUND)
    assert [one["istioApi"] for one in asked] == ["v1alpha3"]


@pytest.mark.parametrize(
    ("service", "entries", "said"),
    [
        ({"clusterIp": "None"}, [], "has no address of its own (headless)"),
        ({"exists": False}, [], "there is no Service bar/httpbin"),
        ({}, [{"host": "theirs.example", "address": "127.255.0.3", "own": False}], "is taken by the ServiceEntry of"),
    ],
)
def test_what_cannot_work_is_refused_before_anything_is_made(both, folder, service, entries, said):
    both["exposed"] = [{**HTTPBIN, "address": "127.255.0.3"}]
    found = {"services": [{**SEEN_HTTPBIN, **service}], "entries": entries}
    with pytest.raises(ConfigurationError) as refused:
        run(both, folder, {**FOUND, "meshx:index:exposedServices": found})
    assert said in str(refused.value)


@pytest.mark.parametrize("adopted", [True, False])
def test_with_gateways_the_clusters_dns_asks_istiocoredns_for_names_below_global(elsewhere, folder, adopted):
    if adopted:
        elsewhere["mesh"] = {"istioVersion": "1.4.10", "network": "network1", "install": {"controlPlane": False}}
    registered = run(elsewhere, folder, {**INSTALLED, **RUNNING})
    stub = {key: value for key, value in the(registered, DNS_STUB).inputs.items() if value is not None}
    assert stub == {"domain": "global", "servers": [ISTIO_DNS_ADDRESS], "kind": "auto", "owner": owner().mark}


def test_on_a_single_network_the_clusters_dns_stays_as_it_is(classic, folder):
    assert not of_type(run(classic, folder, INSTALLED), DNS_STUB)


def test_the_clusters_dns_stays_as_it_is_where_that_is_asked_for(elsewhere, folder):
    elsewhere["dns"] = {"istiocoredns": False}
    assert not of_type(run(elsewhere, folder, INSTALLED), DNS_STUB)


def test_servers_by_hand_stand_above_istiocoredns(elsewhere, folder):
    elsewhere["dns"] = {"servers": ["10.0.0.53"], "domain": "corp"}
    stub = the(run(elsewhere, folder, INSTALLED), DNS_STUB).inputs
    assert (stub["servers"], stub["domain"]) == (["10.0.0.53"], "corp")


def test_an_istiocoredns_without_an_address_of_its_own_is_refused_with_the_ways_out(elsewhere, folder):
    headless = {**INSTALLED["Service istio-system/istiocoredns"], "spec": {"clusterIP": "None"}}
    with pytest.raises(pulumi.RunError, match=r"istiocoredns has no clusterIP.*meshx:dns\.istiocoredns: false"):
        run(elsewhere, folder, {**INSTALLED, "Service istio-system/istiocoredns": headless})
