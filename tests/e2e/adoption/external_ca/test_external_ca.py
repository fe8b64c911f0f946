"""A machine in a mesh whose certificates a CA beside istiod signs, which it reaches through the stack's own gateway.

The tests of this file follow one stack through its life, so each builds on the one before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from kubernetes import client
from kubernetes.client.exceptions import ApiException

from sandbox import machines
from sandbox.kubernetes import cluster
from sandbox.network.addresses import HOST_ADDRESS
from tests.e2e.adoption import charts
from tests.e2e.adoption.external_ca.issuing_authority import AUDIENCE, HOST, PORT, IssuingAuthority
from tests.e2e.adoption.joining import IDENTITY, check_calls_both_ways
from tests.e2e.doctor.diagnosis import doctor
from tests.e2e.stack.mesh_project import MeshProject
from tests.e2e.stack.two_machines import second_machine

MACHINE = "vm-3"


@pytest.fixture(scope="module")
def project(authority: IssuingAuthority, new_project: MeshProject) -> Iterator[MeshProject]:
    """A stack with the one machine; destroyed in the end whatever happened."""
    new_project.configure(_adopting)
    new_project.configure(lambda config: config["workloads"][0].update(machines=[second_machine()]))
    yield new_project
    new_project.unlock()
    new_project.pulumi("destroy", "--yes", "--skip-preview")


def _adopting(config: dict[str, Any]) -> None:
    config["mesh"] = {
        "istioVersion": "1.31",
        "revision": charts.REVISION,
        "install": {"controlPlane": False},
        "gateway": {"name": "meshx-eastwest", "namespace": charts.SYSTEM},
        "chart": {"path": ".sandbox/charts"},
        "values": {"gateway": charts.dev_values()["gateway"]},
    }


def test_without_a_way_to_that_ca_the_preview_refuses_the_mesh(project: MeshProject) -> None:
    refused = project.pulumi("preview")
    assert refused.code != 0
    assert "global.caAddress in the values" in refused.text and f"is {HOST}:{PORT}" in refused.text, refused.text
    assert "meshx:mesh.certificateAuthority" in refused.text


def test_the_preview_says_who_will_sign(project: MeshProject) -> None:
    project.configure(lambda config: config["mesh"].update(certificateAuthority={"throughGateway": True}))
    text = project.expect("preview").text
    assert f"signed by {HOST}:{PORT} and not by istiod: reached through the gateway, for tokens of the audience" in text
    assert AUDIENCE in text


def test_a_machine_joins_with_a_certificate_of_that_ca(project: MeshProject, authority: IssuingAuthority) -> None:
    project.expect("up", "--yes", "--skip-preview")
    chain = machines.execute(MACHINE, ["cat", "/etc/certs/cert-chain.pem"]).stdout
    own, issuer, *_ = x509.load_pem_x509_certificates(chain.encode())
    assert issuer == authority.certificate
    own.verify_directly_issued_by(issuer)
    assert IDENTITY in authority.signed
    print(f"signed {authority.signed}, refused {authority.refused}")
    check_calls_both_ways(MACHINE)


def test_a_token_for_another_audience_is_refused_by_the_cluster(project: MeshProject) -> None:
    core: Any = client.CoreV1Api(cluster.api())

    def ask(audience: str) -> None:
        spec = client.V1TokenRequestSpec(audiences=[audience], expiration_seconds=600)
        body = client.AuthenticationV1TokenRequest(spec=spec)
        core.create_namespaced_service_account_token("vmhttp", "vm", body)

    ask(AUDIENCE)
    with pytest.raises(ApiException, match=f"for the audience {AUDIENCE} alone"):
        ask("istio-ca")


def test_the_doctor_finds_the_ca_and_its_certificate(project: MeshProject) -> None:
    said = doctor(project)
    assert said.code == 0, said.text
    assert "Service corp-ca/issuer has 1 ready endpoints" in said.text
    assert "signed by CN=corp-ca" in said.text


def test_by_an_address_of_its_own_it_signs_as_well_and_the_gateway_closes(
    project: MeshProject, authority: IssuingAuthority
) -> None:
    signed = authority.signed.count(IDENTITY)
    root = authority.root.certificate.public_bytes(serialization.Encoding.PEM).decode()
    way = {"address": f"{HOST}:{authority.port}", "reachedAt": str(HOST_ADDRESS.ip), "rootCertificate": root}
    project.configure(lambda config: config["mesh"].update(certificateAuthority=way))
    project.expect("up", "--yes", "--skip-preview")
    assert authority.signed.count(IDENTITY) > signed
    assert f"{HOST_ADDRESS.ip} {HOST}" in machines.execute(MACHINE, ["cat", "/etc/hosts"]).stdout
    assert machines.execute(MACHINE, ["cat", "/etc/istio/config/ca-root.pem"]).stdout == root
    api: Any = client.CustomObjectsApi(cluster.api())
    found = api.list_namespaced_custom_object("networking.istio.io", "v1", charts.SYSTEM, "gateways")["items"]
    assert not [one for one in found if one["metadata"]["name"].startswith("meshx-ca-")]
    check_calls_both_ways(MACHINE)
    assert "CA" in doctor(project).text
    project.expect("preview", "--refresh", "--expect-no-changes")


def test_a_machine_that_leaves_keeps_nothing_of_it(project: MeshProject) -> None:
    project.expect("destroy", "--yes", "--skip-preview")
    left = machines.execute(MACHINE, ["bash", "-c", f"ls /etc/istio /etc/certs; grep {HOST} /etc/hosts"]).stdout
    assert left == ""
