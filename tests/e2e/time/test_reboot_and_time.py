"""Machines that are off while tokens and certificates end, and certificates that are renewed in time.

The tests of this file follow one stack through its life, so each builds on the one before it. Off for longer than a
token lives: the token lies under /run, so a machine that is switched on again has none at all, which is no better than
one that has ended. Certificates really end here, by the lifetime that the configuration states.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import datetime, timezone

import pytest
from cryptography import x509

from sandbox import machines, traffic
from sandbox.traffic import services
from tests.e2e.stack.mesh_project import MeshProject
from tests.e2e.stack.two_machines import HTTPBIN, VMHTTP, calls_both_ways

pytestmark = pytest.mark.usefixtures("sandbox")

TOKEN = "/var/run/secrets/tokens/istio-token"
LIFETIME_SECONDS = 60
PATIENCE_SECONDS = 120.0


@pytest.fixture(scope="module")
def project(new_project: MeshProject) -> Iterator[MeshProject]:
    """A stack of one machine whose certificates last for Istio's usual day; destroyed in the end whatever happened."""
    try:
        services.apply()
        new_project.expect("up", "--yes", "--skip-preview")
        services.restart_uninjected()
        await_traffic()
        yield new_project
    finally:
        machines.start("vm-1")
        new_project.unlock()
        new_project.pulumi("destroy", "--yes", "--skip-preview")


def await_true(what: str, told: Callable[[], bool]) -> float:
    """Wait until something is so; return how many seconds it took."""
    begun = time.monotonic()
    while not told():
        assert time.monotonic() - begun < PATIENCE_SECONDS, f"still not so: {what}"
        time.sleep(0.5)
    return time.monotonic() - begun


def await_traffic() -> None:
    """Wait until calls pass both ways."""
    await_true("the machine is called", lambda: traffic.from_pod("sleep", VMHTTP)[0].succeeded)
    await_true("the machine calls", lambda: traffic.from_machine("vm-1", HTTPBIN)[0].succeeded)


def certificate() -> x509.Certificate:
    """The certificate that vm-1 has."""
    chain = machines.execute("vm-1", ["cat", "/etc/certs/cert-chain.pem"]).stdout
    return x509.load_pem_x509_certificates(chain.encode())[0]


def has_token() -> bool:
    return machines.execute("vm-1", ["test", "-e", TOKEN]).returncode == 0


def times_of_change() -> str:
    """When package, files and hosts were last written on vm-1, so that whatever is written again is seen."""
    files = "/var/lib/dpkg/info/istio-sidecar.list /var/lib/meshx/sidecar/cluster.env /etc/istio/config/mesh /etc/hosts"
    return machines.execute("vm-1", ["sh", "-c", f"stat -c '%n %y' {files}"]).stdout


def test_a_machine_off_for_longer_than_its_token_lives_rejoins_at_boot_by_its_certificate(project: MeshProject) -> None:
    assert has_token()
    machines.stop("vm-1")
    machines.start("vm-1")
    assert not has_token()
    begun = time.monotonic()
    await_traffic()
    print(f"traffic {time.monotonic() - begun:.1f} s after the boot")
    project.expect("up", "--yes", "--skip-preview", "--refresh", "--expect-no-changes")
    assert not has_token(), "a token was asked for though the certificate holds"


def test_the_lifetime_of_certificates_is_changed_by_configuration_without_a_token(project: MeshProject) -> None:
    project.configure(lambda config: config.update(certificates={"lifetimeSeconds": LIFETIME_SECONDS}))
    assert project.expect("up", "--yes", "--skip-preview").changes()["updated"] == 1
    await_traffic()
    left = certificate().not_valid_after_utc - datetime.now(timezone.utc)
    assert left.total_seconds() <= LIFETIME_SECONDS
    assert not has_token(), "a token was asked for though the certificate holds"


def test_certificates_renew_by_themselves_while_calls_go_on(project: MeshProject) -> None:
    first = certificate()
    with calls_both_ways("certificate renewed") as calls:
        seconds = await_true("a new certificate", lambda: certificate().serial_number != first.serial_number)
        ended = first.not_valid_after_utc - datetime.now(timezone.utc)
    print(f"renewed after {seconds:.0f} s, {ended.total_seconds():.0f} s before the end")
    assert ended.total_seconds() > 0
    assert calls.none_failed(), calls.summary()


def test_a_machine_off_for_longer_than_its_certificate_says_what_to_do_and_up_repairs_just_that(
    project: MeshProject,
) -> None:
    end = certificate().not_valid_after_utc
    before = times_of_change()
    machines.stop("vm-1")
    time.sleep(max(0.0, (end - datetime.now(timezone.utc)).total_seconds() + 1))
    machines.start("vm-1")
    shown = project.expect("preview", "--refresh", "--diff").text
    assert f"ended {end:%Y-%m-%dT%H:%M:%SZ}: `pulumi up` asks for a new one" in shown
    repaired = project.expect("up", "--yes", "--skip-preview", "--refresh")
    assert repaired.changes()["updated"] == 1, repaired.text
    await_traffic()
    assert times_of_change() == before
    assert certificate().not_valid_after_utc > end
