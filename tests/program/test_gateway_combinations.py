"""What the program registers where a gateway's host name or mapped ports meet another CA, or machines with IPv6."""

from pathlib import Path
from typing import Any

import pulumi
import pytest

from meshx import Mesh
from meshx.config.errors.problems import ConfigurationError
from tests.program.as_arguments import Later, made, unknown
from tests.program.recorded_program import INSTALLED, Registered, run, run_program
from tests.program.test_families import BOTH
from tests.program.test_gateways import NAME, NAMED, PORTS, answering, check_named, discovery, environment
from tests.program.test_mesh import ADOPTED, EXPOSED, JOIN, of_type, the

ISTIOD = "istiod.istio-system.svc"
CSR = "cert-manager-istio-csr.cert-manager.svc"
V6_MACHINE = {"name": "vm-2", "address": "fd77::12"}
BY_BOTH = answering({"status": BOTH})


def bundles(registered: list[Registered]) -> dict[str, dict[str, Any]]:
    """Each machine's bundle, by its name."""
    return {one.name: one.inputs["bundle"] for one in of_type(registered, JOIN)}


def signed_elsewhere(values: dict[str, Any], way: dict[str, Any]) -> dict[str, Any]:
    """A stack whose istiod names another CA, which machines reach so."""
    values["mesh"]["values"] = {"istiod": {"global": {"caAddress": f"{CSR}:443"}}}
    values["mesh"]["certificateAuthority"] = way
    return values


def test_another_ca_stays_the_agents_own_behind_a_gateway_with_a_host_name(
    values: dict[str, Any], folder: Path
) -> None:
    signed_elsewhere(values, {"reachedAt": "203.0.113.20"})
    bundle = the(run(values, folder, answering(NAMED)), JOIN).inputs["bundle"]
    assert discovery(bundle) == f"{NAME}:15012"
    assert bundle["hosts"] == {ISTIOD: "", CSR: "203.0.113.20"}
    assert {f"CA_ADDR='{CSR}:443'", f"ISTIOD_SAN='{ISTIOD}'"} <= set(environment(bundle))
    # The program there would take CA_ADDR out, and the agent would ask istiod.
    assert not [line for line in environment(bundle) if line.startswith("ISTIO_BIN_BASE")]


def test_a_ca_through_the_gateway_has_the_mapped_port(values: dict[str, Any], folder: Path) -> None:
    signed_elsewhere(values, {"throughGateway": True})
    values["mesh"]["gateway"] = {"address": "203.0.113.15", "ports": {"controlPlane": 31512}}
    bundle = the(run(values, folder), JOIN).inputs["bundle"]
    assert bundle["hosts"] == {ISTIOD: "203.0.113.15", CSR: "203.0.113.15"}
    assert f"CA_ADDR='{CSR}:31512'" in environment(bundle)
    assert discovery(bundle) == f"{ISTIOD}:31512"


def test_a_ca_through_a_gateway_with_a_host_name_is_refused(values: dict[str, Any], folder: Path) -> None:
    signed_elsewhere(values, {"throughGateway": True})
    with pytest.raises(pulumi.RunError, match=r"amazonaws.*throughGateway.*static IP address.*reachedAt"):
        run(values, folder, answering(NAMED))
    values["mesh"]["gateway"] = {"hostName": "mesh.example.com"}
    with pytest.raises((ConfigurationError, pulumi.RunError)) as refused:
        run(values, folder)
    said = " ".join(str(refused.value).split())
    assert "certificateAuthority.throughGateway the gateway is reached by a host name" in said
    assert "reachedAt" in said


@pytest.mark.parametrize(
    ("gateway", "objects", "host"),
    [({}, answering(NAMED), NAME), ({"hostName": "mesh.example.com"}, BY_BOTH, "mesh.example.com")],
)
def test_machines_of_each_family_have_the_host_name_alike(
    values: dict[str, Any], folder: Path, gateway: dict[str, Any], objects: dict[str, Any], host: str
) -> None:
    values["mesh"]["gateway"] = gateway
    machines = values["workloads"][0]["machines"]
    machines.append({**machines[0], **V6_MACHINE})
    found = bundles(run(values, folder, objects))
    assert set(found) == {"vm-1", "vm-2"}
    for bundle in found.values():
        check_named(bundle, host)


def test_a_host_name_waits_for_no_machines_address(
    values: dict[str, Any], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    values["mesh"] = {
        "istioVersion": "1.31",
        "revision": "canary",
        "install": {"controlPlane": False, "gateway": False},
    }
    workload = values["workloads"][0]
    workload["network"] = "vpc"
    workload["machines"].append({**workload["machines"][0], **V6_MACHINE})
    workload["machines"][0]["address"] = Later(unknown)
    objects = {**ADOPTED, "meshx:index:runningGateway": {**EXPOSED, "ingress": [{"ip": "", "hostname": NAME}]}}
    planned = run_program(lambda: Mesh("shop", made(values)), objects, preview=True)
    assert {discovery(one) for one in bundles(planned).values()} == {f"{NAME}:15012"}


def test_a_machine_of_both_families_has_one_gateway_with_its_mapped_port(values: dict[str, Any], folder: Path) -> None:
    values["mesh"] |= {"dualStack": True, "gateway": {"address": "203.0.113.15", "ports": PORTS}}
    values["mesh"]["values"] = {"gateway": {"service": {"type": "NodePort"}}}
    values["workloads"][0]["machines"][0]["secondAddress"] = "fd77::11"
    registered = run(values, folder, answering({"spec": {"type": "NodePort"}, "status": {}}))
    bundle = the(registered, JOIN).inputs["bundle"]
    assert bundle["hosts"] == {ISTIOD: "203.0.113.15"}
    assert discovery(bundle) == f"{ISTIOD}:31512"
    assert {"ISTIO_DUAL_STACK='true'", f"CA_ADDR='{ISTIOD}:31512'"} <= set(environment(bundle))
    istiod = the(registered, "kubernetes:helm.sh/v3:Release", "istiod").inputs["values"]
    assert istiod["env"]["ISTIO_DUAL_STACK"] == "true"
    assert istiod["global"]["meshNetworks"]["network1"]["gateways"] == [{"address": "203.0.113.15", "port": 31443}]


def test_nodes_of_both_families_are_reached_by_each_machines_own(values: dict[str, Any], folder: Path) -> None:
    machines = values["workloads"][0]["machines"]
    machines.append({**machines[0], **V6_MACHINE})
    values["mesh"]["values"] = {"gateway": {"service": {"type": "NodePort"}}}
    nodes = {
        "ingress": [],
        "type": "NodePort",
        "nodePorts": {"15012": 30012, "15443": 30443},
        "nodes": [{"ip": "198.51.100.4", "hostname": ""}, {"ip": "fd78::2", "hostname": ""}],
        "clusterIp": "10.96.0.9",
    }
    found = bundles(run(values, folder, {**INSTALLED, "meshx:index:serviceAddresses": nodes}))
    assert {name: one["hosts"][ISTIOD] for name, one in found.items()} == {"vm-1": "198.51.100.4", "vm-2": "fd78::2"}
    assert {discovery(one) for one in found.values()} == {f"{ISTIOD}:30012"}
