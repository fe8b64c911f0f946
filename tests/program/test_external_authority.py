"""What the program registers for a mesh whose certificates a CA beside istiod signs."""

import json
from pathlib import Path
from typing import Any

import pulumi
import pytest

from meshx.config.errors.problems import ConfigurationError
from tests.program.recorded_program import GATEWAY_ADDRESS, run
from tests.program.test_gce import OF_KUBECONFIG, script
from tests.program.test_mesh import ADOPTED, CANARY, JOIN, names_before, of_type, the
from tests.program.test_revocations import POLICY

GATEWAY = "kubernetes:networking.istio.io/v1:Gateway"
SERVICE = "kubernetes:networking.istio.io/v1:VirtualService"
CSR = "cert-manager-istio-csr.cert-manager.svc"
SAID = {"global": {"caAddress": f"{CSR}:443", "sds": {"token": {"aud": "corp-ca"}}}}
CLUSTER_ENV = "/var/lib/meshx/sidecar/cluster.env"


@pytest.fixture
def theirs(values: dict[str, Any]) -> dict[str, Any]:
    """A stack that adopts a mesh of revision canary, which its gateway leads to already."""
    mesh = {"istioVersion": "1.31", "install": {"controlPlane": False, "gateway": False}, "revision": "canary"}
    return {**values, "mesh": {**mesh, "certificateAuthority": {"throughGateway": True}}}


def adopted(values: dict[str, Any]) -> dict[str, Any]:
    """The cluster, whose injector has these values."""
    written = {**json.loads(CANARY["injectorValues"])["global"], **values["global"]}
    there = {**CANARY, "injectorValues": json.dumps({"global": written})}
    return {**ADOPTED, "meshx:index:runningIstiod": there}


def test_the_gateway_passes_machines_on_to_a_ca_that_the_mesh_names(theirs: dict[str, Any], folder: Path) -> None:
    registered = run(theirs, folder, adopted(SAID))
    (server,) = the(registered, GATEWAY, "meshx-ca-gateway-canary").inputs["spec"]["servers"]
    assert (server["hosts"], server["port"]["number"], server["tls"]) == ([CSR], 15012, {"mode": "PASSTHROUGH"})
    spec = the(registered, SERVICE, "meshx-ca-vs-canary").inputs["spec"]
    assert (spec["hosts"], spec["gateways"]) == ([CSR], ["meshx-ca-gateway-canary"])
    (route,) = spec["tls"]
    assert route["match"] == [{"port": 15012, "sniHosts": [CSR]}]
    assert route["route"][0]["destination"] == {"host": f"{CSR}.cluster.local", "port": {"number": 443}}
    join = the(registered, JOIN)
    assert join.inputs["bundle"]["hosts"][CSR] == GATEWAY_ADDRESS
    assert f"CA_ADDR='{CSR}:15012'" in join.inputs["bundle"]["files"][CLUSTER_ENV]["content"]
    assert {f"{GATEWAY} meshx-ca-gateway-canary", f"{SERVICE} meshx-ca-vs-canary"} <= names_before(registered, join)


def test_tokens_are_for_the_audience_of_the_meshs_ca(theirs: dict[str, Any], folder: Path) -> None:
    registered = run(theirs, folder, adopted(SAID))
    assert the(registered, JOIN).inputs["token"]["audience"] == "corp-ca"
    rules = the(registered, POLICY).inputs["spec"]["validations"]
    assert '== ["corp-ca"]' in rules[0]["expression"]


def test_with_a_way_of_its_own_nothing_is_made_at_the_gateway(theirs: dict[str, Any], folder: Path) -> None:
    theirs["mesh"]["certificateAuthority"] = {"reachedAt": "203.0.113.20", "audience": "own"}
    registered = run(theirs, folder, adopted(SAID))
    assert not [one for kind in (GATEWAY, SERVICE) for one in of_type(registered, kind) if "ca" in one.name.split("-")]
    join = the(registered, JOIN)
    assert join.inputs["bundle"]["hosts"][CSR] == "203.0.113.20"
    assert join.inputs["token"]["audience"] == "own"


def test_a_mesh_that_names_no_ca_is_refused(theirs: dict[str, Any], folder: Path) -> None:
    with pytest.raises(pulumi.RunError, match="the mesh names no CA of its own"):
        run(theirs, folder, ADOPTED)


def test_a_stack_that_installs_istiod_reads_the_ca_from_its_own_values(values: dict[str, Any], folder: Path) -> None:
    values["mesh"] = {
        **values["mesh"],
        "values": {"istiod": {"global": {"caAddress": f"{CSR}:443"}, "env": {"ENABLE_CA_SERVER": "false"}}},
    }
    with pytest.raises(
        pulumi.RunError, match=r"meshx:mesh\.values\.istiod\.global\.caAddress is .*certificateAuthority"
    ):
        run(values, folder)
    values["mesh"]["certificateAuthority"] = {"throughGateway": True}
    registered = run(values, folder)
    assert the(registered, GATEWAY, "meshx-ca-gateway").inputs["spec"]["servers"][0]["hosts"] == [CSR]


def test_instances_ask_for_tokens_of_that_audience(instance: dict[str, Any], folder: Path) -> None:
    instance["mesh"]["certificateAuthority"] = {"address": "ca.corp.example:443", "audience": "corp-ca"}
    assert "TOKEN_AUDIENCE=corp-ca" in script(run(instance, folder, OF_KUBECONFIG))


def test_citadel_signs_alone(values: dict[str, Any], folder: Path) -> None:
    values["mesh"] = {
        "istioVersion": "1.4.10",
        "install": {"controlPlane": False},
        "certificateAuthority": {"address": "ca.corp.example:443"},
    }
    with pytest.raises(ConfigurationError, match="Citadel alone signs there"):
        run(values, folder)
