"""A root of trust is replaced in Istio's three steps by `meshx:trust`, one `up` each, while calls go on.

The tests of this file follow one stack, so each builds on the one before it.
"""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from kubernetes import client
from kubernetes.client.exceptions import ApiException

from meshx.config.values.certificates import path_to_root
from sandbox import machines
from sandbox.kubernetes import cluster
from tests import pulumi_cli
from tests.e2e.networks.shared_root import NAMESPACE, Root, entries
from tests.e2e.stack.awaiting import awaited
from tests.e2e.stack.mesh_project import SECONDS, MeshProject
from tests.e2e.stack.two_machines import BothWays, calls_both_ways
from tests.e2e.trust.rotating_authority import told_to_namespaces
from tests.e2e.trust_key.conftest import LIFETIME_SECONDS

MACHINES = ("vm-1", "vm-2", "vm-3")
PREVIEW, UP = ("preview", "--suppress-progress"), ("up", "--yes", "--skip-preview")
OWN_CALLS = 5
"""How many of its own calls a machine may lose while its sidecar restarts: nobody else can make them."""
ENDED_SECONDS = LIFETIME_SECONDS + 60 + 60
"""By when every certificate from before has ended, with meshx's margin, and this test's."""


class NewRoot:
    """The root that the mesh is to have in the end, and the authority below it, with its key."""

    def __init__(self) -> None:
        self.root = Root("new root")
        key = ec.generate_private_key(ec.SECP256R1())
        made = entries([self.root], self.root, key)
        self.pem = made["root-cert.pem"].decode()
        self.issuer = {"certificate": made["ca-cert.pem"].decode()}
        # As openssl writes it.
        form = serialization.PrivateFormat.TraditionalOpenSSL
        self.key = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


@pytest.fixture(scope="module")
def new() -> NewRoot:
    """What the mesh gets."""
    return NewRoot()


@pytest.fixture(scope="module")
def old(project: MeshProject) -> x509.Certificate:
    """The root that istiod made itself."""
    (root,) = told_to_namespaces()
    return root


def pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def configure(project: MeshProject, *roots: str, issuer: dict[str, str] | None = None) -> None:
    """Write `meshx:trust`."""

    def change(config: dict[str, Any]) -> None:
        config["trust"] = {"roots": list(roots), **({"issuer": issuer} if issuer else {})}

    project.configure(change)


def give_key(project: MeshProject, key: str) -> None:
    """Set `meshx:trustKey`, as its documentation says."""
    words = ("config", "set", "--secret", "meshx:trustKey", "--stack", "dev")
    ran = pulumi_cli.run(project.folder, project.environment, *words, seconds=SECONDS, given=key)
    assert ran.code == 0, ran.text


def certificates(machine: str, file: str) -> list[x509.Certificate]:
    text = machines.execute(machine, ["cat", f"/etc/certs/{file}"]).stdout
    return x509.load_pem_x509_certificates(text.encode())


def trusted(machine: str) -> set[x509.Certificate]:
    """The roots on a machine."""
    return set(certificates(machine, "root-cert.pem"))


def issuers(roots: list[x509.Certificate]) -> list[x509.Certificate]:
    """The root of each machine's certificate."""
    chains = [certificates(machine, "cert-chain.pem") for machine in MACHINES]
    return [path_to_root(chain[0], chain[1:], roots)[-1] for chain in chains]


def check_calls(calls: BothWays) -> None:
    """Nobody lost a call but a machine whose own sidecar restarted."""
    assert calls.to_machines.answers and not calls.to_machines.failed, calls.summary()
    assert calls.to_pods.answers and len(calls.to_pods.failed) <= OWN_CALLS, calls.summary()


def waited_for(ran: pulumi_cli.Ran) -> str:
    """Who may still hold a certificate of before, by a refusal."""
    assert ran.code != 0 and "it is too early" in ran.text, ran.text
    return ran.text.partition("it is too early")[2].partition("Remedy")[0]


def await_allowed(project: MeshProject, what: str) -> str:
    """Wait until a preview of the next step is no longer refused as too early; returns what it says then."""
    print(f"{what} waits: {waited_for(project.pulumi(*PREVIEW))}")
    begun = time.monotonic()
    seen = awaited(lambda: project.pulumi(*PREVIEW), lambda ran: ran.code == 0, ENDED_SECONDS)
    print(f"{what} was allowed after {time.monotonic() - begun:.0f} s")
    assert seen.code == 0, seen.text
    return seen.text


def test_1_a_root_that_nobody_trusts_may_not_issue_and_the_one_that_issues_may_not_go(
    project: MeshProject, old: x509.Certificate, new: NewRoot
) -> None:
    configure(project, new.pem, issuer=new.issuer)
    give_key(project, new.key)
    for command in (PREVIEW, UP):
        ran = project.pulumi(*command)
        assert ran.code != 0
        assert "meshx:trust.roots lacks O=cluster.local" in ran.text, ran.text
        assert "meshx:trust.issuer leads to CN=new root" in ran.text and "which nobody trusts yet" in ran.text
    assert told_to_namespaces() == {old}


def test_2_all_trust_the_new_root_beside_the_old_one(project: MeshProject, old: x509.Certificate, new: NewRoot) -> None:
    configure(project, pem(old), new.pem)
    project.expect("config", "rm", "meshx:trustKey", "--stack", "dev")
    both = {old, new.root.certificate}
    with calls_both_ways("step 1, both are trusted") as calls:
        shown = project.expect(*PREVIEW).text
        begun = time.monotonic()
        project.expect(*UP)
        print(f"pulumi up: {time.monotonic() - begun:.0f} s")
    assert "step 1 of 3: it trusts CN=new root" in shown, shown
    assert told_to_namespaces() == both
    assert all(trusted(machine) == both for machine in MACHINES)
    assert issuers([*both]) == [old] * 3
    check_calls(calls)
    assert "step 1 of 3 is done" in project.expect(*PREVIEW, "--expect-no-changes").text


def test_3_the_new_root_issues_once_every_pod_trusts_it(
    project: MeshProject, old: x509.Certificate, new: NewRoot
) -> None:
    roots = [old, new.root.certificate]
    configure(project, pem(old), new.pem, issuer=new.issuer)
    give_key(project, new.key)
    with calls_both_ways("step 2, the new one issues") as calls:
        shown = await_allowed(project, "step 2")
        begun = time.monotonic()
        project.expect(*UP)
        print(f"pulumi up: {time.monotonic() - begun:.0f} s")
        seen = awaited(lambda: issuers(roots), lambda found: found == [new.root.certificate] * 3, LIFETIME_SECONDS)
    assert seen == [new.root.certificate] * 3
    assert "step 2 of 3: CN=new root" in shown
    assert calls.none_failed(), calls.summary()


def test_4_the_old_root_goes_once_nobody_has_a_certificate_by_it(
    project: MeshProject, old: x509.Certificate, new: NewRoot
) -> None:
    configure(project, new.pem, issuer=new.issuer)
    assert "vm-1" in waited_for(project.pulumi(*PREVIEW))
    assert "vm-" not in waited_for(project.pulumi(*PREVIEW, "--refresh"))
    with calls_both_ways("step 3, the old one goes") as calls:
        shown = await_allowed(project, "step 3")
        begun = time.monotonic()
        project.expect(*UP)
        print(f"pulumi up: {time.monotonic() - begun:.0f} s")
    assert "step 3 of 3: it trusts CN=new root" in shown
    assert told_to_namespaces() == {new.root.certificate}
    assert all(trusted(machine) == {new.root.certificate} for machine in MACHINES)
    check_calls(calls)
    project.expect("preview", "--refresh", "--expect-no-changes")


def test_5_the_key_is_in_the_clusters_secret_and_in_no_plain_text_of_the_stack(
    project: MeshProject, new: NewRoot
) -> None:
    found = client.CoreV1Api(cluster.api()).read_namespaced_secret("cacerts", NAMESPACE)
    assert (found.metadata.labels or {})["meshx/owner"] == project.owner.mark
    lines = new.key.splitlines()[1:-1]
    kept = json.dumps(project.state()) + (project.folder / "Pulumi.dev.yaml").read_text()
    assert not any(line in kept for line in lines)


def test_6_destroy_takes_it_back(project: MeshProject) -> None:
    project.expect("destroy", "--yes", "--skip-preview")
    with pytest.raises(ApiException) as raised:
        client.CoreV1Api(cluster.api()).read_namespaced_secret("cacerts", NAMESPACE)
    assert raised.value.status == 404
