"""What a machine of Istio 1.1 to 1.4 is given, byte for byte."""

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from meshx.istio.uncaptured import Uncaptured
from meshx.join.bundle import bundle_inputs
from meshx.join.classic_bundle import classic_join_bundle
from meshx.join.classic_cluster_env import render_classic_cluster_env
from meshx.join.classic_hosts import is_gateway_name
from meshx.join.facts import ClassicFacts, MachineFacts, Port, WorkloadFacts
from tests.unit.join.join_examples import PACKAGE

EXPECTED = Path(__file__).parent / "expected"

GATEWAYS = ClassicFacts(
    cluster_name="",
    mesh_id="",
    network="network1",
    trust_domain="cluster.local",
    services_cidr="172.21.0.0/16",
    mutual_tls=True,
)
CORP = replace(GATEWAYS, trust_domain="corp.example")
SINGLE = replace(GATEWAYS, mutual_tls=False)
ELSEWHERE = replace(GATEWAYS, system_namespace="mesh", services_cidr="10.96.0.0/12,fd00::/108")
WORKLOAD = WorkloadFacts("vmhttp", "vm", "vmhttp", ports=(Port("http", 8080), Port("tcp-mysql", 3306)))
CALLER = WorkloadFacts("batch", "vm", "batch")
MACHINE = MachineFacts("vm-1", "10.77.0.11", "network2")
CALLING_MACHINE = MachineFacts("vm-3", "10.77.0.13", "network2")


@pytest.mark.parametrize(
    ("name", "facts", "workload", "machine"),
    [
        ("classic-gateways.cluster.env", GATEWAYS, WORKLOAD, MACHINE),
        ("classic-single.cluster.env", SINGLE, WORKLOAD, MACHINE),
        ("classic-corp.cluster.env", CORP, WORKLOAD, MACHINE),
        ("classic-calling.cluster.env", ELSEWHERE, CALLER, CALLING_MACHINE),
    ],
)
def test_cluster_env_is_the_reviewed_file(name, facts, workload, machine):
    assert render_classic_cluster_env(facts, workload, machine) == (EXPECTED / name).read_text()


KEPT_OUT = Uncaptured(
    outbound_ports=(2049,), outbound_ranges=("10.9.8.0/24",), inbound_ports=(9100,), only_ranges=("10.9.0.0/16",)
)


def test_what_stays_out_of_the_mesh_is_exported_since_the_start_script_exports_other_names_alone():
    before = render_classic_cluster_env(GATEWAYS, WORKLOAD, MACHINE).splitlines()
    after = render_classic_cluster_env(GATEWAYS, WORKLOAD, replace(MACHINE, uncaptured=KEPT_OUT)).splitlines()
    assert [line for line in after if line not in before] == [
        "ISTIO_SERVICE_CIDR=172.21.0.0/16,10.9.0.0/16",
        "export ISTIO_LOCAL_EXCLUDE_PORTS=9100",
        "export ISTIO_LOCAL_OUTBOUND_PORTS_EXCLUDE=2049",
        "export ISTIO_SERVICE_EXCLUDE_CIDR=10.9.8.0/24",
    ]
    assert [line for line in before if line not in after] == ["ISTIO_SERVICE_CIDR=172.21.0.0/16"]


def test_the_lines_that_the_guide_shows_stand_in_it_word_for_word():
    lines = render_classic_cluster_env(GATEWAYS, WORKLOAD, MACHINE).splitlines()
    assert {"ISTIO_CP_AUTH=MUTUAL_TLS", "ISTIO_SERVICE_CIDR=172.21.0.0/16", "ISTIO_INBOUND_PORTS=3306,8080"} <= set(
        lines
    )


def test_a_shell_reads_from_it_what_was_meant():
    odd = replace(GATEWAYS, services_cidr="10.0.0.0/8 ; touch x")
    script = f'{render_classic_cluster_env(odd, WORKLOAD, MACHINE)}printf %s "$ISTIO_SERVICE_CIDR"'
    read = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    assert read.stdout == "10.0.0.0/8 ; touch x"


def inputs(facts: ClassicFacts = GATEWAYS, names: dict[str, str] | None = None) -> dict:
    machine = replace(MACHINE, names=names or {})
    return bundle_inputs(classic_join_bundle(facts, WORKLOAD, machine, PACKAGE), None, "35.232.112.158")


def test_the_names_of_the_guide_lead_to_the_gateway():
    assert inputs()["hosts"] == {
        "istio-citadel": "35.232.112.158",
        "istio-pilot": "35.232.112.158",
        "istio-pilot.istio-system": "35.232.112.158",
    }
    assert "istio-pilot.mesh" in inputs(ELSEWHERE)["hosts"]


def test_names_of_the_gateway_are_told_from_those_of_services():
    services = {"istio-pilot.bar.global": "127.255.0.3", "istio-citadel.bar.svc.cluster.local": "172.21.9.9"}
    hosts = inputs(ELSEWHERE, services)["hosts"]
    assert {name for name in hosts if is_gateway_name(name)} == hosts.keys() - services.keys()


def test_services_that_machines_call_have_their_hosts_lines_beside_them():
    names = {"productpage.default.svc.cluster.local": "172.21.9.9", "httpbin.bar.global": "127.255.0.3"}
    hosts = inputs(names=names)["hosts"]
    assert hosts.items() >= names.items()
    assert hosts["istio-citadel"] == "35.232.112.158"


def test_trust_comes_out_of_citadels_secret_and_is_named_only():
    identity = inputs()["identity"]
    assert identity["secret"] == "istio.vmhttp"
    assert identity["spiffeId"] == "spiffe://cluster.local/ns/vm/sa/vmhttp"
    assert identity["files"] == {
        "/etc/certs/root-cert.pem": {"entry": "root-cert.pem", "owner": "istio-proxy:istio-proxy", "mode": "0644"},
        "/etc/certs/cert-chain.pem": {"entry": "cert-chain.pem", "owner": "istio-proxy:istio-proxy", "mode": "0644"},
        "/etc/certs/key.pem": {"entry": "key.pem", "owner": "istio-proxy:istio-proxy", "mode": "0600"},
    }


def test_folders_belong_to_the_proxy_and_what_root_runs_to_root():
    assert inputs()["folders"] == {
        "/etc/certs": {"owner": "istio-proxy:istio-proxy", "mode": "0755"},
        "/etc/istio/config": {"owner": "root:root", "mode": "0755"},
        "/etc/istio/proxy": {"owner": "istio-proxy:istio-proxy", "mode": "0755"},
        "/var/lib/istio/envoy": {"owner": "root:root", "mode": "0755"},
    }
    ((path, file),) = inputs()["files"].items()
    assert path == "/var/lib/meshx/sidecar/cluster.env"
    assert (file["owner"], file["mode"]) == ("root:root", "0644")


def test_both_units_are_enabled_and_started_the_node_agent_first():
    bundle = inputs()
    assert bundle["companions"] == [{"name": "istio-auth-node-agent", "enabled": True, "active": True}]
    assert bundle["unit"] == {"name": "istio", "enabled": True, "active": True}
