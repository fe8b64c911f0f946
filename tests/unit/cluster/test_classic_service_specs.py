"""Services that machines of Istio 1.1 to 1.4 offer, against the guides' own YAML."""

from typing import Any

import pytest
import yaml

from meshx.cluster.classic_service_specs import (
    identity_rule_spec,
    machine_entry_ports,
    machine_entry_spec,
    service_entry_spec,
    service_spec,
)
from meshx.config.resolved import Machine, SshConnection
from meshx.config.sections.workload import WorkloadConfiguration

# The guide's ServiceEntry, with ${SERVICE_NAMESPACE} = vm, ${GCE_IP} = 10.128.0.17, its missing keys (spec, ports,
# endpoints, labels) put back, the location that it leaves out, and the label by which callers speak mutual TLS
# where that is automatic.
VMHTTP = """
hosts:
- vmhttp.vm.svc.cluster.local
location: MESH_INTERNAL
ports:
- number: 8888
  name: http
  protocol: HTTP
resolution: STATIC
endpoints:
- address: 10.128.0.17
  ports:
    http: 8888
  labels:
    app: vmhttp
    version: "v1"
    security.istio.io/tlsMode: istio
"""
ADDRESS = "10.96.7.7"
SSH = SshConnection("", 22, "root", "", None, None, 15)


def workload(**keys: Any) -> WorkloadConfiguration:
    written = {"name": "vmhttp", "namespace": "vm", "ports": [{"name": "http", "port": 8888}], **keys}
    return WorkloadConfiguration.model_validate(written)


def machine(of: WorkloadConfiguration, name: str, address: str, **labels: str) -> Machine:
    return Machine(name, address, "", labels or {"version": "v1"}, of, SSH)


def test_a_workloads_entry_is_the_guides_at_the_address_of_its_service():
    one = workload()
    spec = service_entry_spec(one, [machine(one, "vm-1", "10.128.0.17")], ADDRESS)
    assert spec == yaml.safe_load(VMHTTP) | {"addresses": [ADDRESS]}


def test_every_machine_is_an_endpoint_with_its_own_labels():
    one = workload()
    machines = [machine(one, "vm-1", "10.128.0.17"), machine(one, "vm-2", "10.128.0.18", version="v2")]
    found = service_entry_spec(one, machines, ADDRESS)["endpoints"]
    assert [(each["address"], each["ports"]) for each in found] == [
        ("10.128.0.17", {"http": 8888}),
        ("10.128.0.18", {"http": 8888}),
    ]
    assert [{key: each["labels"][key] for key in ("app", "version")} for each in found] == [
        {"app": "vmhttp", "version": "v1"},
        {"app": "vmhttp", "version": "v2"},
    ]


def test_callers_use_one_port_and_the_machine_may_listen_on_another():
    one = workload(ports=[{"name": "tcp-mysql", "port": 3306, "targetPort": 13306}])
    spec = service_entry_spec(one, [machine(one, "db-1", "10.128.0.20")], ADDRESS)
    assert spec["ports"] == [{"number": 3306, "name": "tcp-mysql", "protocol": "TCP"}]
    assert spec["endpoints"][0]["ports"] == {"tcp-mysql": 13306}
    assert service_spec(one)["ports"] == [{"name": "tcp-mysql", "port": 3306, "targetPort": 13306, "protocol": "TCP"}]


def test_one_machine_alone_has_a_name_of_its_own():
    spec = machine_entry_spec(machine(workload(), "vm-1", "10.128.0.17"))
    assert spec == yaml.safe_load(VMHTTP) | {"hosts": ["vm-1.vmhttp.vm.svc.cluster.local"]}


PORTS = [
    {"name": name, "port": number}
    for number, name in enumerate(
        ("http", "http2", "grpc-api", "grpc-web", "https", "tls", "tcp-x", "mysql", "mongo", "redis"), 8001
    )
]


def test_one_machine_alone_is_called_at_ports_where_its_name_says_who_is_meant_and_at_no_other():
    one = machine(workload(ports=PORTS), "vm-1", "10.128.0.17")
    names = ["http", "http2", "grpc-api", "grpc-web", "https", "tls"]
    assert [port.name for port in machine_entry_ports(one)] == names
    spec = machine_entry_spec(one)
    assert [port["name"] for port in spec["ports"]] == list(spec["endpoints"][0]["ports"]) == names
    assert machine_entry_ports(machine(workload(ports=PORTS[6:]), "db-1", "10.128.0.20")) == []


def test_no_port_takes_connections_to_all_addresses_unless_a_name_tells_them_apart():
    """A ServiceEntry without an address has a listener at 0.0.0.0 in every proxy of the mesh."""
    one = workload(ports=PORTS)
    entries = [machine_entry_spec(machine(one, "vm-1", "10.128.0.17")), service_entry_spec(one, [], ADDRESS)]
    everywhere = {port["protocol"] for entry in entries if "addresses" not in entry for port in entry["ports"]}
    assert everywhere == {"HTTP", "HTTP2", "GRPC", "GRPC-Web", "HTTPS", "TLS"}


def test_the_service_that_istioctl_register_made_is_declared():
    assert service_spec(workload()) == {
        "ports": [{"name": "http", "port": 8888, "targetPort": 8888, "protocol": "TCP"}]
    }


def test_callers_take_the_workloads_identity_alone():
    identity = "spiffe://cluster.local/ns/vm/sa/web"
    assert identity_rule_spec("vmhttp.vm.svc.cluster.local", identity) == {
        "host": "vmhttp.vm.svc.cluster.local",
        "trafficPolicy": {"tls": {"mode": "ISTIO_MUTUAL", "subjectAltNames": [identity]}},
    }


@pytest.mark.parametrize("spec", ["selector", "clusterIP"])
def test_the_service_chooses_no_pods_and_gets_an_address_of_its_own(spec):
    assert spec not in service_spec(workload())
