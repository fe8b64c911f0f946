"""What the program registers for a workload whose machines serve several Services under one identity."""

from pathlib import Path
from typing import Any

import pytest

from meshx.components.mesh_outputs import services_by_name
from meshx.config.loading import load
from tests.program.recorded_program import Registered, run
from tests.program.test_classic_mesh import INSTALLED as CLASSIC
from tests.program.test_classic_mesh import SERVICE_ENTRY as CLASSIC_ENTRY
from tests.program.test_gce import FIREWALL, OF_KUBECONFIG, TEMPLATE, WORKLOAD_GROUP, grouped
from tests.program.test_mesh import JOIN, SERVICE_ENTRY, WORKLOAD_ENTRY, of_type, the

__all__ = ["grouped"]

SERVICE = "kubernetes:core/v1:Service"
ADMIN = {"name": "admin", "ports": [{"name": "http-admin", "port": 80, "targetPort": 9000}]}
BOTH_PORTS = {"http": 8080, "http-admin": 9000}
CLUSTER_ENV = "/var/lib/meshx/sidecar/cluster.env"


@pytest.fixture
def admin(values: dict[str, Any]) -> dict[str, Any]:
    """A stack whose one workload has a further Service."""
    values["workloads"][0]["services"] = [ADMIN]
    return values


def services(registered: list[Registered]) -> dict[str, Any]:
    """The workload's Services by the names that the state has."""
    found = of_type(registered, SERVICE)
    return {one.name: one.inputs for one in found if one.name.startswith("vm/")}


def test_each_service_selects_the_same_machines_on_ports_of_its_own(admin: dict[str, Any], folder: Path) -> None:
    found = services(run(admin, folder))
    assert {name: one["metadata"]["name"] for name, one in found.items()} == {
        "vm/vmhttp": "vmhttp",
        "vm/admin": "admin",
    }
    assert {name: one["spec"]["selector"] for name, one in found.items()} == {name: {"app": "vmhttp"} for name in found}
    assert {
        name: [(port["port"], port["targetPort"]) for port in one["spec"]["ports"]] for name, one in found.items()
    } == {
        "vm/vmhttp": [(8080, 8080)],
        "vm/admin": [(80, 9000)],
    }


def test_a_machine_has_one_identity_and_takes_calls_on_all_ports(admin: dict[str, Any], folder: Path) -> None:
    admin["workloads"][0]["whenDown"] = "closed"
    registered = run(admin, folder)
    entry = the(registered, WORKLOAD_ENTRY).inputs["spec"]
    assert (entry["ports"], entry["serviceAccount"]) == (BOTH_PORTS, "vmhttp")
    assert the(registered, WORKLOAD_GROUP).inputs["spec"]["template"]["ports"] == BOTH_PORTS
    bundle = the(registered, JOIN).inputs["bundle"]
    assert "ISTIO_INBOUND_PORTS='8080,9000'" in bundle["files"][CLUSTER_ENV]["content"]
    assert bundle["whenDown"]["ports"] == [8080, 9000]
    own = [one.inputs["spec"] for one in of_type(registered, SERVICE_ENTRY)]
    assert [[port["number"] for port in one["ports"]] for one in own] == [[8080]], "its own name is of its workload"


def test_services_are_exported_and_in_the_table(admin: dict[str, Any], folder: Path) -> None:
    registered = run(admin, folder)
    assert services_by_name(load(admin, folder)) == {
        "vm/vmhttp": "vmhttp.vm.svc.cluster.local:8080",
        "vm/admin": "admin.vm.svc.cluster.local:80",
        "vm/vmhttp/vm-1": "vm-1.vmhttp.vm.svc.cluster.local:8080",
    }
    rows = the(registered, "meshx:index:ReachabilityTable").inputs["rows"]
    assert rows["pods with a sidecar -> admin.vm.svc.cluster.local:80"]["ends"]
    assert "pods without a sidecar -> <address of vm-1>:9000" in rows


def test_a_workload_without_further_services_is_what_it_was(values: dict[str, Any], folder: Path) -> None:
    before = {one.urn: one.inputs for one in run(values, folder)}
    values["workloads"][0]["services"] = []
    assert {one.urn: one.inputs for one in run(values, folder)} == before


def test_firewalls_let_callers_in_to_all_ports_and_a_group_takes_them(grouped: dict[str, Any], folder: Path) -> None:
    grouped["workloads"][0]["services"] = [ADMIN]
    registered = run(grouped, folder, OF_KUBECONFIG)
    assert "ISTIO_INBOUND_PORTS='8080,9000'" in the(registered, TEMPLATE).inputs["metadata"]["startup-script"]
    opened = [allow.get("ports") for one in of_type(registered, FIREWALL) for allow in one.inputs["allows"]]
    assert ["8080", "9000"] in opened
    assert ["8080"] not in opened


def test_on_the_classic_line_each_service_has_its_entry_with_all_machines(
    classic: dict[str, Any], folder: Path
) -> None:
    classic["workloads"][0]["services"] = [ADMIN]
    registered = run(classic, folder, CLASSIC)
    assert list(services(registered)) == ["vm/vmhttp", "vm/admin"]
    entry = the(registered, CLASSIC_ENTRY, "vm/admin").inputs["spec"]
    assert entry["hosts"] == ["admin.vm.svc.cluster.local"]
    assert [(end["address"], end["ports"]) for end in entry["endpoints"]] == [("10.77.0.11", {"http-admin": 9000})]
    assert "ISTIO_INBOUND_PORTS=8080,9000" in the(registered, JOIN).inputs["bundle"]["files"][CLUSTER_ENV]["content"]


def test_callers_of_the_classic_line_accept_the_one_identity_behind_each_service(
    classic: dict[str, Any], folder: Path
) -> None:
    classic["workloads"][0]["services"] = [ADMIN]
    classic["mesh"]["values"] = {"istio": {"global": {"mtls": {"enabled": True}}}}
    registered = run(classic, folder, CLASSIC)
    rules = [one for one in registered if one.type.endswith(":DestinationRule") and "identity" in one.name]
    accepted = {
        one.inputs["spec"]["host"]: one.inputs["spec"]["trafficPolicy"]["tls"]["subjectAltNames"] for one in rules
    }
    identity = ["spiffe://cluster.local/ns/vm/sa/vmhttp"]
    assert accepted["admin.vm.svc.cluster.local"] == accepted["vmhttp.vm.svc.cluster.local"] == identity
    assert "*.admin.vm.svc.cluster.local" not in accepted
