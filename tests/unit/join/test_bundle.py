"""What a bundle holds and how it becomes the resource's input."""

from dataclasses import replace
from pathlib import Path

import pytest

from meshx.istio.certificate_authority import CertificateAuthority
from meshx.istio.identities import spiffe_id
from meshx.join.bundle import bundle_inputs, join_bundle
from meshx.join.machine_files import machine_files
from tests.unit.join.join_examples import CALLER, CALLING_MACHINE, CONTROL_PLANE, MACHINE, PACKAGE, WORKLOAD


def test_everything_but_trust_and_address_is_there_before_a_control_plane_stands():
    to_come = object()
    inputs = bundle_inputs(join_bundle(CONTROL_PLANE, WORKLOAD, MACHINE, PACKAGE), to_come, to_come)
    assert inputs["hosts"] == {"istiod.istio-system.svc": to_come}
    assert inputs["files"]["/etc/certs/root-cert.pem"]["content"] is to_come
    assert "ISTIO_NAMESPACE='vm'" in inputs["files"]["/var/lib/meshx/sidecar/cluster.env"]["content"]
    assert inputs["unit"] == {"name": "istio", "enabled": True, "active": True}
    assert inputs["package"] == {"name": "istio-sidecar", "source": "istio-sidecar.deb", "sha256": "ab" * 32}
    assert (inputs["packetRules"], inputs["certificate"]) == ("in place", "valid")


def test_what_root_runs_stands_in_a_folder_of_roots_and_no_file_of_roots_in_one_of_the_proxys():
    inputs = bundle_inputs(join_bundle(CONTROL_PLANE, WORKLOAD, MACHINE, PACKAGE), "pem", "10.77.0.200")
    folders = {path: folder["owner"] for path, folder in inputs["folders"].items()}
    owners = {path: file["owner"] for path, file in inputs["files"].items()}
    assert owners["/var/lib/meshx/sidecar/cluster.env"] == "root:root"
    assert {
        path: owner for path, owner in owners.items() if owner != folders.get(str(Path(path).parent), "root:root")
    } == {}
    assert {file["mode"] for file in inputs["files"].values()} == {"0644"}


@pytest.mark.parametrize(
    ("authority", "address", "root"),
    [
        (CertificateAuthority("csr.ca.svc", 443, through_gateway=True), "10.77.0.200", None),
        (CertificateAuthority("csr.ca.svc", 443, reached_at="203.0.113.20", root="PEM\n"), "203.0.113.20", "PEM\n"),
        (CertificateAuthority("ca.corp", 443, root="system"), None, None),
    ],
)
def test_another_ca_than_istiod_is_found_by_its_name_and_checked_by_its_root(authority, address, root):
    facts = replace(CONTROL_PLANE, authority=authority)
    inputs = bundle_inputs(join_bundle(facts, WORKLOAD, MACHINE, PACKAGE), "pem", "10.77.0.200")
    assert inputs["hosts"].get(authority.host) == address
    assert inputs["hosts"]["istiod.istio-system.svc"] == "10.77.0.200"
    file = inputs["files"].get("/etc/istio/config/ca-root.pem")
    assert file == (root and {"content": root, "owner": "root:root", "mode": "0644"})


def test_names_of_services_lead_to_their_own_addresses_and_istiods_to_the_gateway():
    machine = replace(MACHINE, names={"httpbin.bar.global": "127.255.0.3"})
    inputs = bundle_inputs(join_bundle(CONTROL_PLANE, WORKLOAD, machine, PACKAGE), "pem", "10.77.0.200")
    assert inputs["hosts"] == {"istiod.istio-system.svc": "10.77.0.200", "httpbin.bar.global": "127.255.0.3"}


def test_a_revision_is_part_of_istiods_name():
    bundle = join_bundle(replace(CONTROL_PLANE, revision="1-31"), CALLER, CALLING_MACHINE, PACKAGE)
    assert bundle.gateway_names == ("istiod-1-31.istio-system.svc",)


def test_ports_that_nobody_could_find_are_refused():
    with pytest.raises(ValueError, match=r"vm-3: workload vm/vmhttp has ports .* declare one"):
        join_bundle(CONTROL_PLANE, WORKLOAD, CALLING_MACHINE, PACKAGE)


def test_ports_that_are_closed_when_the_sidecar_is_down_are_those_of_the_workload():
    assert "whenDown" not in bundle_inputs(join_bundle(CONTROL_PLANE, WORKLOAD, MACHINE, PACKAGE), "", "")
    closed = join_bundle(CONTROL_PLANE, replace(WORKLOAD, closed_when_down=True), MACHINE, PACKAGE)
    inputs = bundle_inputs(closed, "", "")
    assert inputs["whenDown"] == {"ports": [8080, 9000], "callsPastTheProxy": "refused"}
    assert machine_files(inputs)["closed-ports"] == "8080, 9000\n"
    # As the engine hands numbers on.
    assert machine_files({**inputs, "whenDown": {"ports": [8080.0]}})["closed-ports"] == "8080\n"


def test_the_identity_is_the_one_istiod_signs():
    assert spiffe_id("cluster.local", "vm", "vmhttp") == "spiffe://cluster.local/ns/vm/sa/vmhttp"
