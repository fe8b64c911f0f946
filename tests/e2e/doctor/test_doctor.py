"""Each fault, put on a joined machine, is named by the doctor with its remedy; a healthy stack has none."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from kubernetes import client

from sandbox import machines, parts
from sandbox.kubernetes import cluster
from tests.e2e.doctor.diagnosis import Diagnosis, doctor
from tests.e2e.doctor.faults import FAULTS, REPAIR, Fault
from tests.e2e.stack.mesh_project import MeshProject

pytestmark = pytest.mark.usefixtures("sandbox")

HEALED_SECONDS = 120
IDENTITY = "spiffe://cluster.local/ns/vm/sa/vmhttp"


@pytest.fixture(scope="module")
def project(new_project: MeshProject) -> Iterator[MeshProject]:
    """A stack with one joined machine; destroyed in the end."""
    new_project.configure(lambda config: config["ssh"].update(connectTimeoutSeconds=5))
    try:
        new_project.expect("up", "--yes", "--skip-preview")
        yield new_project
    finally:
        new_project.pulumi("destroy", "--yes", "--skip-preview")


def on_machine(command: str) -> None:
    done = machines.execute("vm-1", ["bash", "-c", command], seconds=90)
    assert done.returncode == 0, done.stderr


def healthy(project: MeshProject) -> Diagnosis:
    """The diagnosis once no fault is left, or the last one."""
    deadline = time.monotonic() + HEALED_SECONDS
    while True:
        diagnosis = doctor(project, "vm-1")
        if diagnosis.code == 0 or time.monotonic() > deadline:
            return diagnosis
        time.sleep(1)


def test_a_healthy_stack_has_no_fault_and_the_table_has_every_subject(project: MeshProject) -> None:
    diagnosis = healthy(project)
    assert diagnosis.code == 0, diagnosis.text
    assert "No fault found." in diagnosis.text
    for subject in (
        "istiod",
        "gateway's address",
        "package",
        "clock",
        "hosts lines",
        "unit at boot",
        "processes",
        "packet rules",
        "certificate",
        "istiod's view",
        "name proxy",
        "calls from it",
        "calls to it",
    ):
        assert subject in diagnosis.text, diagnosis.text  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])
def test_a_fault_is_named_with_its_remedy(project: MeshProject, fault: Fault) -> None:
    on_machine(fault.make)
    try:
        diagnosis = doctor(project, "vm-1")
    finally:
        on_machine(fault.undo)
    assert diagnosis.code == 1, diagnosis.text
    assert diagnosis.cause.startswith(fault.cause), diagnosis.text
    assert fault.remedy in diagnosis.remedy, diagnosis.text


def test_with_all_faults_undone_none_is_found(project: MeshProject) -> None:
    after = healthy(project)
    assert after.code == 0, after.text


def test_a_certificate_that_has_ended_is_named_with_its_end(project: MeshProject) -> None:
    on_machine("cp -a /etc/certs/cert-chain.pem /root/kept")
    try:
        ended = ended_certificate(machines.execute("vm-1", ["cat", "/etc/certs/cert-chain.pem"]).stdout)
        machines.execute("vm-1", ["tee", "/etc/certs/cert-chain.pem"], text=ended)
        diagnosis = doctor(project, "vm-1")
    finally:
        on_machine("mv /root/kept /etc/certs/cert-chain.pem")
    assert diagnosis.code == 1, diagnosis.text
    assert diagnosis.cause.startswith("certificate: ended 20"), diagnosis.text
    assert "a new token" in diagnosis.remedy


def ended_certificate(chain: str) -> str:
    """The machine's certificate as the cluster's own authority would have signed it, ended an hour ago."""
    present = x509.load_pem_x509_certificates(chain.encode())[0]
    secret: Any = client.CoreV1Api(cluster.api()).read_namespaced_secret("istio-ca-secret", "istio-system")
    key: Any = serialization.load_pem_private_key(base64.b64decode(secret.data["ca-key.pem"]), None)
    root = base64.b64decode(secret.data["ca-cert.pem"])
    now = datetime.now(timezone.utc)
    leaf = (
        x509.CertificateBuilder()
        .issuer_name(present.issuer)
        .subject_name(present.subject)
        .public_key(present.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now - timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.UniformResourceIdentifier(IDENTITY)]), critical=True)
        .sign(key, hashes.SHA256())
    )
    return leaf.public_bytes(serialization.Encoding.PEM).decode() + root.decode()


def test_a_deleted_workload_entry_is_named_and_up_repairs_it(project: MeshProject) -> None:
    client.CustomObjectsApi(cluster.api()).delete_namespaced_custom_object(
        "networking.istio.io", "v1", "vm", "workloadentries", "vm-1"
    )
    diagnosis = doctor(project, "vm-1")
    assert diagnosis.cause == "istiod's view: WorkloadEntry vm/vm-1 is not there", diagnosis.text
    assert REPAIR in diagnosis.remedy
    project.expect("up", "--yes", "--skip-preview", "--refresh")
    assert healthy(project).code == 0


def test_a_removed_package_is_named_and_up_repairs_it(project: MeshProject) -> None:
    on_machine("systemctl stop istio && dpkg --remove istio-sidecar")
    diagnosis = doctor(project, "vm-1")
    assert diagnosis.cause.startswith("package: istio-sidecar is not installed"), diagnosis.text
    assert REPAIR in diagnosis.remedy
    project.expect("up", "--yes", "--skip-preview", "--refresh")
    assert healthy(project).code == 0


def test_a_machine_that_shows_another_host_key_is_not_looked_at(project: MeshProject) -> None:
    other = machines.SSH_KEY.with_name("id_ed25519.pub").read_text().split()

    def another_key(config: dict[str, Any]) -> None:
        config["workloads"][0]["machines"][0]["ssh"] = {"hostKey": " ".join(other[:2])}

    file = project.folder / "Pulumi.dev.yaml"
    kept = file.read_text()
    project.configure(another_key)
    try:
        diagnosis = doctor(project, "vm-1")
    finally:
        file.write_text(kept)
    assert diagnosis.code == 1
    assert diagnosis.cause.startswith("SSH: vm-1: 10.77.0.11 shows the host key SHA256:"), diagnosis.text
    assert "ssh.hostKey" in diagnosis.remedy


def test_a_machine_that_never_joined_and_one_that_is_down_are_told_apart(project: MeshProject) -> None:
    def second(config: dict[str, Any]) -> None:
        listed = config["workloads"][0]["machines"]
        host_key = listed[0]["ssh"]["hostKeyFile"].replace("vm-1", "vm-3")
        listed.append({"name": "vm-3", "address": "10.77.0.13", "ssh": {"hostKeyFile": host_key}})

    file = project.folder / "Pulumi.dev.yaml"
    kept = file.read_text()
    project.configure(second)
    try:
        new = doctor(project, "vm-3")
        parts.stop("vm-3")
        both = doctor(project)
    finally:
        file.write_text(kept)
        parts.start("vm-3")
    assert new.line("Because:") == "the machine has not joined yet, or has left", new.text
    assert new.remedy == "`pulumi up`"
    assert both.cause.startswith("SSH: vm-3: 10.77.0.13 port 22 cannot be reached"), both.text
    assert both.code == 1
    assert "1 fault: vm-3" in both.text


def test_a_name_of_no_machine_or_stack_is_answered_with_those_there_are(project: MeshProject) -> None:
    machine, stack = doctor(project, "vm-9"), doctor(project, "--stack", "nowhere")
    assert (machine.code, stack.code) == (2, 2)
    assert "it has vm-1" in machine.text
    assert "there are dev" in stack.text
