"""Services that machines of Istio 1.1 to 1.4 offer, against the guides' own YAML."""

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from meshx.classic_services import (
    endpoint_subsets,
    machine_entry_spec,
    service_annotations,
    service_entry_spec,
    service_spec,
)
from meshx.config.machine import Machine, SshConnection
from meshx.config.workload import WorkloadConfiguration

# The guide's ServiceEntry, with ${SERVICE_NAMESPACE} = vm, ${GCE_IP} = 10.128.0.17, its missing keys (spec, ports,
# endpoints, labels) put back, and the location that it leaves out.
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
"""
SSH = SshConnection("", 22, "root", "", None, None, 15)


def workload(**keys: Any) -> WorkloadConfiguration:
    written = {"name": "vmhttp", "namespace": "vm", "ports": [{"name": "http", "port": 8888}], **keys}
    return WorkloadConfiguration.model_validate(written)


def machine(of: WorkloadConfiguration, name: str, address: str, **labels: str) -> Machine:
    return Machine(name, address, "", labels or {"version": "v1"}, "spiffe://", of, SSH)


def test_a_workloads_entry_is_the_guides():
    one = workload()
    assert service_entry_spec(one, [machine(one, "vm-1", "10.128.0.17")]) == yaml.safe_load(VMHTTP)


def test_every_machine_is_an_endpoint_with_its_own_labels():
    one = workload()
    machines = [machine(one, "vm-1", "10.128.0.17"), machine(one, "vm-2", "10.128.0.18", version="v2")]
    assert service_entry_spec(one, machines)["endpoints"] == [
        {"address": "10.128.0.17", "ports": {"http": 8888}, "labels": {"app": "vmhttp", "version": "v1"}},
        {"address": "10.128.0.18", "ports": {"http": 8888}, "labels": {"app": "vmhttp", "version": "v2"}},
    ]


def test_callers_use_one_port_and_the_machine_may_listen_on_another():
    one = workload(ports=[{"name": "tcp-mysql", "port": 3306, "targetPort": 13306}])
    spec = service_entry_spec(one, [machine(one, "db-1", "10.128.0.20")])
    assert spec["ports"] == [{"number": 3306, "name": "tcp-mysql", "protocol": "TCP"}]
    assert spec["endpoints"][0]["ports"] == {"tcp-mysql": 13306}
    assert service_spec(one)["ports"] == [{"name": "tcp-mysql", "port": 3306, "targetPort": 13306, "protocol": "TCP"}]
    (subset,) = endpoint_subsets(one, [machine(one, "db-1", "10.128.0.20")])
    assert subset["ports"] == [{"name": "tcp-mysql", "port": 13306, "protocol": "TCP"}]


def test_one_machine_alone_has_a_name_of_its_own():
    spec = machine_entry_spec(machine(workload(), "vm-1", "10.128.0.17"))
    assert spec == yaml.safe_load(VMHTTP) | {"hosts": ["vm-1.vmhttp.vm.svc.cluster.local"]}


def test_what_istioctl_register_made_is_declared():
    one = workload(serviceAccount="web")
    assert service_spec(one) == {"ports": [{"name": "http", "port": 8888, "targetPort": 8888, "protocol": "TCP"}]}
    assert service_annotations(one) == {"alpha.istio.io/kubernetes-serviceaccounts": "web"}
    assert endpoint_subsets(one, [machine(one, "vm-1", "10.128.0.17")]) == [
        {"addresses": [{"ip": "10.128.0.17"}], "ports": [{"name": "http", "port": 8888, "protocol": "TCP"}]}
    ]


def test_a_service_account_that_is_not_written_is_the_workloads_name():
    assert service_annotations(workload()) == {"alpha.istio.io/kubernetes-serviceaccounts": "vmhttp"}


def test_without_machines_there_are_no_endpoints():
    assert endpoint_subsets(workload(), []) == []


@given(st.lists(st.ip_addresses(v=4), min_size=1, max_size=8))
def test_no_address_stands_twice_and_the_order_of_machines_changes_nothing(addresses):
    one = workload()
    machines = [machine(one, f"vm-{number}", str(address)) for number, address in enumerate(addresses)]
    (subset,) = endpoint_subsets(one, machines)
    found = [entry["ip"] for entry in subset["addresses"]]
    assert sorted(found) == sorted(set(found)) == sorted({str(address) for address in addresses})
    assert endpoint_subsets(one, list(reversed(machines))) == [subset]


@pytest.mark.parametrize("spec", ["selector", "clusterIP"])
def test_the_service_chooses_no_pods_and_gets_an_address_of_its_own(spec):
    assert spec not in service_spec(workload())
