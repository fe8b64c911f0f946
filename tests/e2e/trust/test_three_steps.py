"""A root of trust is replaced in Istio's three steps, one `up` each, while calls go on and one machine is off.

The tests of this file follow one stack, so each builds on the one before it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

import pytest
from cryptography import x509

from meshx.config.values.certificates import issued
from sandbox import machines, traffic
from tests.e2e.networks.shared_root import Root
from tests.e2e.stack.awaiting import awaited
from tests.e2e.stack.mesh_project import MeshProject
from tests.e2e.stack.two_machines import HTTPBIN, calls_both_ways
from tests.e2e.steady.test_steady_traffic import await_serving
from tests.e2e.trust.conftest import LIFETIME_SECONDS
from tests.e2e.trust.rotating_authority import await_told, write

UP = ("up", "--yes", "--skip-preview")
ON = ("vm-1", "vm-3")
OWN_CALLS = 5
"""How many of its own calls a machine may lose while its sidecar restarts: nobody else can make them."""


@pytest.fixture(scope="module")
def new() -> Root:
    """The root that the mesh is to have in the end."""
    return Root("new root")


@pytest.fixture(scope="module", autouse=True)
def off(project: MeshProject) -> Iterator[None]:
    """vm-2 is off from before the first step on."""
    machines.stop("vm-2")
    await_serving(set(ON))
    yield


def _certificates(machine: str, file: str) -> list[x509.Certificate]:
    text = machines.execute(machine, ["cat", f"/etc/certs/{file}"]).stdout
    return x509.load_pem_x509_certificates(text.encode())


def trusted(machine: str) -> set[x509.Certificate]:
    """The roots on a machine."""
    return set(_certificates(machine, "root-cert.pem"))


def issuer(machine: str, roots: Sequence[Root]) -> Root:
    """The root of a machine's certificate."""
    _, intermediate, *_ = _certificates(machine, "cert-chain.pem")
    for root in roots:
        if issued(intermediate, root.certificate):
            return root
    raise AssertionError(f"{machine} has a certificate by {intermediate.issuer.rfc4514_string()}")


def await_issuer(wanted: Root, roots: Sequence[Root]) -> None:
    """Wait until the machines that are on have a certificate by that root."""
    for machine in ON:
        seen = awaited(
            lambda machine=machine: issuer(machine, roots), lambda root: root is wanted, LIFETIME_SECONDS + 60
        )
        assert seen is wanted, machine


def starts() -> list[str]:
    """What tells one start of each machine's sidecar from another."""
    shown = ["systemctl", "show", "-p", "InvocationID", "istio"]
    return [machines.execute(name, shown).stdout.strip() for name in ON]


def up_but_for_vm_2(project: MeshProject) -> str:
    """Run `up`, which reaches all machines but vm-2; returns what it said."""
    ran = project.pulumi(*UP, "--continue-on-error")
    assert ran.code != 0, ran.text
    assert "vm-2" in ran.text
    return ran.text


def test_1_machines_trust_the_new_root_beside_the_old_one(project: MeshProject, old: Root, new: Root) -> None:
    with calls_both_ways("step 1, both are trusted") as calls:
        write([old, new], old)
        await_told([old, new])
        shown = project.expect("preview").text
        up_but_for_vm_2(project)
    assert "vm-1: step 1 of 3: its sidecar restarts and trusts CN=new root" in shown
    for machine in ON:
        assert trusted(machine) == {old.certificate, new.certificate}
        assert issuer(machine, [old, new]) is old
    assert not calls.to_machines.failed, calls.summary()
    assert len(calls.to_pods.failed) <= OWN_CALLS, calls.summary()


def test_2_the_new_root_issues_and_nothing_is_done_on_machines(project: MeshProject, old: Root, new: Root) -> None:
    before = starts()
    with calls_both_ways("step 2, the new one issues") as calls:
        write([new, old], new)
        begun = time.monotonic()
        await_issuer(new, [old, new])
        print(f"both machines have a certificate by the new root after {time.monotonic() - begun:.0f} s")
        time.sleep(LIFETIME_SECONDS / 2)  # pods have renewed theirs too
        shown = project.pulumi("refresh", "--preview-only").text
    assert "vm-1: it trusts CN=new root" in shown
    assert "its certificate is by CN=new root" in shown
    assert starts() == before
    assert calls.none_failed(), calls.summary()


def test_3_machines_no_longer_trust_the_old_root(project: MeshProject, old: Root, new: Root) -> None:
    with calls_both_ways("step 3, the old one goes") as calls:
        write([new], new)
        await_told([new])
        up_but_for_vm_2(project)
    for machine in ON:
        assert trusted(machine) == {new.certificate}
        assert issuer(machine, [old, new]) is new
    assert not calls.to_machines.failed, calls.summary()
    assert len(calls.to_pods.failed) <= OWN_CALLS, calls.summary()


def test_4_a_machine_that_was_off_meanwhile_comes_back_in_by_the_next_up(
    project: MeshProject, old: Root, new: Root
) -> None:
    machines.start("vm-2")
    assert trusted("vm-2") == {old.certificate}
    begun = time.monotonic()
    project.expect(*UP)
    answered = awaited(lambda: traffic.from_machine("vm-2", HTTPBIN)[0], lambda answer: answer.succeeded)
    print(f"vm-2, which was off for all three steps, calls again {time.monotonic() - begun:.0f} s after `up` began")
    assert answered.succeeded
    assert trusted("vm-2") == {new.certificate}
    project.expect("preview", "--refresh", "--expect-no-changes")
