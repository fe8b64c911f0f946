"""What the program registers for a gateway that machines reach by a host name, or by other ports than its own."""

from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml

from meshx.config.errors.problems import ConfigurationError
from tests.program.recorded_program import INSTALLED, Registered, run
from tests.program.test_gce import FIREWALL, OF_KUBECONFIG, script
from tests.program.test_mesh import ADOPTED, CANARY, EXPOSED, JOIN, RELEASE, SERVICE_ENTRY, of_type, the
from tests.program.test_networks import HTTPBIN, WITH_HTTPBIN

NAME = "a1b2.elb.eu-west-1.amazonaws.com"
SERVICE = "Service istio-system/istio-eastwestgateway"
CLUSTER_ENV, MESH_CONFIG = "/var/lib/meshx/sidecar/cluster.env", "/etc/istio/config/mesh"


def answering(service: dict[str, Any], objects: dict[str, Any] = INSTALLED) -> dict[str, Any]:
    """A cluster whose gateway has such a Service."""
    return {**objects, SERVICE: {**INSTALLED[SERVICE], **service}}


NAMED = {"status": {"loadBalancer": {"ingress": [{"hostname": NAME}]}}}


def environment(bundle: dict[str, Any]) -> list[str]:
    return bundle["files"][CLUSTER_ENV]["content"].splitlines()


def discovery(bundle: dict[str, Any]) -> str:
    return yaml.safe_load(bundle["files"][MESH_CONFIG]["content"])["defaultConfig"]["discoveryAddress"]


def check_named(bundle: dict[str, Any], host: str) -> None:
    """A machine's files lead to the host name, and to no address."""
    assert discovery(bundle) == f"{host}:15012"
    lines = environment(bundle)
    assert "ISTIOD_SAN='istiod.istio-system.svc'" in lines
    assert "ISTIO_BIN_BASE='/usr/local/lib/meshx-agent'" in lines
    assert not [line for line in lines if line.startswith("CA_ADDR")]
    assert bundle["hosts"]["istiod.istio-system.svc"] == ""


def test_a_load_balancers_host_name_is_what_machines_connect_to(values: dict[str, Any], folder: Path) -> None:
    registered = run(values, folder, answering(NAMED))
    check_named(the(registered, JOIN).inputs["bundle"], NAME)


def test_so_is_one_that_is_written_also_as_an_output(values: dict[str, Any], folder: Path) -> None:
    values["mesh"]["gateway"] = {"hostName": "mesh.example.com"}
    check_named(the(run(values, folder), JOIN).inputs["bundle"], "mesh.example.com")


def test_so_is_that_of_an_adopted_gateway_of_a_revision(values: dict[str, Any], folder: Path) -> None:
    values["mesh"] = {
        "istioVersion": "1.31",
        "revision": "canary",
        "install": {"controlPlane": False, "gateway": False},
    }
    values["workloads"][0]["network"] = "vpc"
    found = {**EXPOSED, "ingress": [{"ip": "", "hostname": NAME}]}
    bundle = the(run(values, folder, {**ADOPTED, "meshx:index:runningGateway": found}), JOIN).inputs["bundle"]
    assert discovery(bundle) == f"{NAME}:15012"
    assert "ISTIOD_SAN='istiod-canary.istio-system.svc'" in environment(bundle)


def test_an_exposed_service_has_the_name_for_its_endpoint(both: dict[str, Any], folder: Path) -> None:
    both["exposed"] = [HTTPBIN]
    entry = the(run(both, folder, answering(NAMED, WITH_HTTPBIN)), SERVICE_ENTRY, "exposed/bar/httpbin")
    assert entry.inputs["spec"]["resolution"] == "DNS"
    assert entry.inputs["spec"]["endpoints"] == [{"address": NAME, "ports": {"http-8000": 15443}}]


def test_a_name_that_istiod_resolves_for_no_other_network_is_refused(both: dict[str, Any], folder: Path) -> None:
    both["mesh"]["values"] = {"istiod": {"env": {"RESOLVE_HOSTNAME_GATEWAYS": "false"}}}
    with pytest.raises(pulumi.RunError, match=r"amazonaws.*RESOLVE_HOSTNAME_GATEWAYS"):
        run(both, folder, answering(NAMED))
    del both["workloads"][0]["machines"][1]
    check_named(the(run(both, folder, answering(NAMED)), JOIN).inputs["bundle"], NAME)


def test_an_instance_goes_by_the_name_to_istiod_and_to_the_api_server(
    instance: dict[str, Any],
    folder: Path,
) -> None:
    instance["workloads"][0]["network"] = "network2"
    instance["networks"] = [{"name": "network2", "apiServer": "gateway"}]
    registered = run(instance, folder, answering(NAMED, OF_KUBECONFIG))
    text = script(registered)
    assert "API_SERVER=https://kubernetes.default.svc:15012\nAPI_SERVER_RESOLVE=''\n" in text
    assert f"API_SERVER_CONNECT_TO=kubernetes.default.svc:15012:{NAME}:15012\n" in text
    assert f"discoveryAddress: {NAME}:15012\n" in text
    rules = {one.name: one.inputs for one in of_type(registered, FIREWALL)}
    assert rules["meshx-dev-network2-to-gateway"]["destinationRanges"] == ["0.0.0.0/0"]


PORTS = {"controlPlane": 31512, "services": 31443}


def test_mapped_ports_are_told_to_machines_and_to_istiod(both: dict[str, Any], folder: Path) -> None:
    both["exposed"] = [HTTPBIN]
    both["mesh"]["gateway"] = {"address": "203.0.113.15", "ports": PORTS}
    both["mesh"]["values"] = {"gateway": {"service": {"type": "NodePort"}}}
    objects = answering({"spec": {"type": "NodePort"}, "status": {}}, WITH_HTTPBIN)
    registered = run(both, folder, objects)
    bundle = the(registered, JOIN, "vm-2").inputs["bundle"]
    assert bundle["hosts"]["istiod.istio-system.svc"] == "203.0.113.15"
    assert discovery(bundle) == "istiod.istio-system.svc:31512"
    assert "CA_ADDR='istiod.istio-system.svc:31512'" in environment(bundle)
    entry = the(registered, SERVICE_ENTRY, "exposed/bar/httpbin").inputs["spec"]
    assert entry["endpoints"] == [{"address": "203.0.113.15", "ports": {"http-8000": 31443}}]
    assert networks(registered) == {
        "network1": {
            "endpoints": [{"fromRegistry": "cluster1"}],
            "gateways": [{"address": "203.0.113.15", "port": 31443}],
        }
    }
    assert "annotations" not in the(registered, RELEASE, "istio-eastwestgateway").inputs["values"]["service"]


def networks(registered: list[Registered]) -> object:
    return the(registered, RELEASE, "istiod").inputs["values"]["global"].get("meshNetworks")


def test_where_nodes_are_the_only_way_their_address_and_ports_are_told(
    both: dict[str, Any],
    folder: Path,
) -> None:
    both["mesh"]["values"] = {"gateway": {"service": {"type": "NodePort"}}}
    ports = [{"port": 15012, "nodePort": 30012}, {"port": 15443, "nodePort": 30443}]
    node = {
        "ingress": [],
        "type": "NodePort",
        "nodePorts": {str(port["port"]): port["nodePort"] for port in ports},
        "nodes": [{"ip": "198.51.100.4", "hostname": ""}],
        "clusterIp": "10.96.0.9",
    }
    registered = run(both, folder, {**INSTALLED, "meshx:index:serviceAddresses": node})
    bundle = the(registered, JOIN, "vm-2").inputs["bundle"]
    assert bundle["hosts"]["istiod.istio-system.svc"] == "198.51.100.4"
    assert discovery(bundle) == "istiod.istio-system.svc:30012"
    service = the(registered, RELEASE, "istio-eastwestgateway").inputs["values"]["service"]
    assert service["annotations"] == {"traffic.istio.io/nodeSelector": "{}"}
    assert networks(registered) is None


def test_a_port_that_an_adopted_istiod_is_not_told_is_refused(values: dict[str, Any], folder: Path) -> None:
    values["mesh"] = {
        "istioVersion": "1.31",
        "revision": "canary",
        "install": {"controlPlane": False, "gateway": False},
        "gateway": {"address": "203.0.113.15", "ports": PORTS},
    }
    values["workloads"][0]["network"] = "vpc"
    found = {**EXPOSED, "ingress": []}
    with pytest.raises(pulumi.RunError, match=r"names no gateway of vpc.*port: 31443"):
        run(values, folder, {**ADOPTED, "meshx:index:runningGateway": found})
    told = {**CANARY, "meshNetworks": "networks: {vpc: {gateways: [{address: 203.0.113.15, port: 31443}]}}"}
    objects = {**ADOPTED, "meshx:index:runningGateway": found, "meshx:index:runningIstiod": told}
    assert discovery(the(run(values, folder, objects), JOIN).inputs["bundle"]).endswith(":31512")


@pytest.mark.parametrize(
    ("gateway", "said"),
    [
        ({"address": "203.0.113.15", "hostName": "mesh.example.com"}, "gateway.hostName address says already"),
        ({"hostName": "203.0.113.15"}, "gateway.hostName '203.0.113.15' is an IP address"),
        ({"hostName": "localhost"}, "gateway.hostName 'localhost' means another host"),
        ({"ports": {"services": 31443}}, "gateway.ports.services istiod is told this port with a host"),
        ({"ports": {"controlPlane": 70000}}, "gateway.ports.controlPlane expected a port number"),
        ({"ports": {"https": 1}}, "gateway.ports.https"),
    ],
)
def test_what_contradicts_itself_is_refused_by_its_path(
    values: dict[str, Any], folder: Path, gateway: dict[str, Any], said: str
) -> None:
    values["mesh"]["gateway"] = gateway
    with pytest.raises((ConfigurationError, pulumi.RunError)) as refused:
        run(values, folder)
    assert said in " ".join(str(refused.value).split())


@pytest.mark.parametrize("gateway", [{"hostName": "mesh.example.com"}, {"ports": {"controlPlane": 443}}])
def test_the_classic_line_takes_an_address_alone(
    classic: dict[str, Any], folder: Path, gateway: dict[str, Any]
) -> None:
    classic["mesh"]["gateway"] = gateway
    with pytest.raises((ConfigurationError, pulumi.RunError), match=r"without effect on Istio 1\.4\.10"):
        run(classic, folder)
