"""What callers are told of machines of Istio 1.1 to 1.4: the Service, the entries, and whose identity it is."""

import pytest
import yaml

from tests.program.recorded_program import CLUSTER_IP, run
from tests.program.test_classic_mesh import ENDPOINTS, INSTALLED, JOIN, RULE, RUNNING, SERVICE, SERVICE_ENTRY
from tests.program.test_mesh import names, of_type, the


def test_callers_are_told_of_a_machine_once_it_has_joined(classic, folder):
    registered = run(classic, folder, INSTALLED)
    whole, single = the(registered, SERVICE_ENTRY, "vm/vmhttp"), the(registered, SERVICE_ENTRY, "vm-1")
    service = the(registered, SERVICE)
    for one in (whole, single, service):
        assert f"{JOIN} vm-1" in names(one.dependencies), "a machine leaves once nobody is told of it"
    assert f"{SERVICE} vm/vmhttp" in names(whole.dependencies)
    assert whole.inputs["spec"]["hosts"] == ["vmhttp.vm.svc.cluster.local"]
    assert single.inputs["spec"]["hosts"] == ["vm-1.vmhttp.vm.svc.cluster.local"]
    assert "selector" not in service.inputs["spec"]
    assert whole.inputs["spec"]["addresses"] == [CLUSTER_IP]
    assert not of_type(registered, ENDPOINTS), "Pilot would have each machine twice"


def test_every_machine_of_a_workload_is_an_endpoint_once(classic, folder):
    second = {**classic["workloads"][0]["machines"][0], "name": "vm-2", "address": "10.77.0.12"}
    classic["workloads"][0]["machines"].append(second)
    registered = run(classic, folder, INSTALLED)
    addresses = [one["address"] for one in the(registered, SERVICE_ENTRY, "vm/vmhttp").inputs["spec"]["endpoints"]]
    assert addresses == ["10.77.0.11", "10.77.0.12"]
    assert len([one for one in registered if "vm-2" in one.name]) <= 4


def test_the_service_goes_with_the_last_machine_since_pilot_keeps_that_ones_address_otherwise(classic, folder):
    classic["workloads"][0]["machines"] = []
    registered = run(classic, folder, INSTALLED)
    assert not [one for one in registered if one.type in (SERVICE, SERVICE_ENTRY, RULE)]


@pytest.mark.parametrize(
    ("version", "mtls", "checked"),
    [
        ("1.4.10", {"enabled": True}, True),
        ("1.4.10", {"auto": True}, True),
        ("1.1.17", {"enabled": True}, True),
        ("1.3.8", {"auto": True}, False),
        ("1.4.10", {}, False),
    ],
)
def test_callers_that_speak_mutual_tls_take_the_workloads_identity_alone(classic, folder, version, mtls, checked):
    classic["mesh"] |= {"istioVersion": version, "values": {"istio": {"global": {"mtls": mtls}}}}
    registered = run(classic, folder, INSTALLED)
    rules = {one.inputs["metadata"]["name"]: one.inputs["spec"] for one in of_type(registered, RULE)}
    tls = {"mode": "ISTIO_MUTUAL", "subjectAltNames": ["spiffe://cluster.local/ns/vm/sa/vmhttp"]}
    host = "vmhttp.vm.svc.cluster.local"
    hosts = {"vmhttp-identity": host, "vmhttp-machines-identity": f"*.{host}"}
    wanted = {name: {"host": host, "trafficPolicy": {"tls": tls}} for name, host in hosts.items()}
    assert rules == (wanted if checked else {})
    before = names(the(registered, SERVICE_ENTRY, "vm/vmhttp").dependencies)
    assert all(f"{RULE} {one.name}" in before for one in of_type(registered, RULE)), "nobody calls without the rule"


@pytest.mark.parametrize(
    ("found", "mesh"),
    [({"mutualTls": True}, {}), ({}, {"enableAutoMtls": True, "trustDomain": "corp.example"})],
)
def test_so_do_callers_in_a_mesh_of_others_that_says_so(classic, folder, found, mesh):
    classic["mesh"] = {"istioVersion": "1.4.10", "network": "network1", "install": {"controlPlane": False}}
    running = {**RUNNING["meshx:index:runningCitadel"], **found, "mesh": yaml.safe_dump(mesh)}
    registered = run(classic, folder, {**RUNNING, "meshx:index:runningCitadel": running})
    rules = [one.inputs["spec"]["trafficPolicy"]["tls"] for one in of_type(registered, RULE)]
    domain = mesh.get("trustDomain", "cluster.local")
    assert {str(rule["subjectAltNames"]) for rule in rules} == {f"['spiffe://{domain}/ns/vm/sa/vmhttp']"}
    assert not of_type(run(classic, folder, RUNNING), RULE)


def test_a_workload_of_tcp_ports_alone_has_no_names_for_single_machines(classic, folder):
    classic["workloads"][0]["ports"] = [{"name": "tcp-mysql", "port": 3306}]
    classic["mesh"]["values"] = {"istio": {"global": {"mtls": {"enabled": True}}}}
    registered = run(classic, folder, INSTALLED)
    (entry,) = of_type(registered, SERVICE_ENTRY)
    assert entry.inputs["spec"]["addresses"] == [CLUSTER_IP]
    assert [one.inputs["spec"]["host"] for one in of_type(registered, RULE)] == ["vmhttp.vm.svc.cluster.local"]


MADE_BEFORE = {
    ("kubernetes:core/v1:Namespace", "istio-system", "ControlPlane"),
    ("kubernetes:core/v1:Namespace", "vm", "Mesh"),
    ("kubernetes:core/v1:Service", "vm/vmhttp", "Workload"),
    ("kubernetes:core/v1:ServiceAccount", "vm/vmhttp", "Workload"),
    ("kubernetes:helm.sh/v3:Release", "istio", "ControlPlane"),
    ("kubernetes:helm.sh/v3:Release", "istio-init", "ControlPlane"),
    ("kubernetes:networking.istio.io/v1alpha3:ServiceEntry", "vm-1", "Machine"),
    ("kubernetes:networking.istio.io/v1alpha3:ServiceEntry", "vm/vmhttp", "Workload"),
    ("meshx:index:Join", "vm-1", "Machine"),
    ("meshx:index:MeshExpansion", "mesh-expansion", "ControlPlane"),
}
"""What the state of a stack has that was made when workloads still had Endpoints: type, logical name, parent."""


def test_a_stack_that_was_made_before_keeps_all_but_the_endpoints(classic, folder):
    registered = run(classic, folder, INSTALLED)
    now = {(one.type, one.name, one.parent.split("::")[2].rpartition(":")[2]) for one in registered}
    assert now >= MADE_BEFORE
    assert (ENDPOINTS, "vm/vmhttp", "Workload") not in now


def test_what_an_old_stack_has_of_a_machine_is_the_same_so_that_nothing_there_starts_anew(classic, folder):
    """The inputs of a Join, which the engine compares with the state."""
    bundle = the(run(classic, folder, INSTALLED), JOIN).inputs["bundle"]
    assert bundle["unit"] == {"name": "istio", "enabled": True, "active": True}
    assert bundle["companions"] == [{"name": "istio-auth-node-agent", "enabled": True, "active": True}]
    assert sorted(bundle) == [
        "certificate",
        "companions",
        "files",
        "folders",
        "hosts",
        "identity",
        "package",
        "packetRules",
        "readiness",
        "unit",
        # Since machines keep it themselves: `up` places that, and starts nothing anew.
        "upkeep",
    ]
