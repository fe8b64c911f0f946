"""A machine whose package manager is rpm joins beside one of Debian's, is called, upgraded, mended, and leaves.

The tests of this file follow one stack through its life, so each builds on the one before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox import machines, traffic
from sandbox.builds import artifact
from sandbox.builds.sidecar_package import PACKAGE_VERSION
from sandbox.traffic import services
from tests.e2e.families.rpm_machine import on, rpm_system
from tests.e2e.families.rpm_packages import RpmPackages, build
from tests.e2e.stack.machine_listing import differences, listing
from tests.e2e.stack.mesh_project import MeshProject
from tests.e2e.stack.settling import settled
from tests.e2e.stack.two_machines import HTTPBIN, VMHTTP, calls_both_ways, two_machines

pytestmark = pytest.mark.usefixtures("sandbox")

MACHINE = "vm-3"
SETTINGS = "/var/lib/istio/envoy/sidecar.env"
INSTALLED = "rpm -q --qf '%{VERSION}\\n' istio-sidecar"


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> RpmPackages:
    """rpm itself, and the sidecar's packages for it."""
    package = artifact("sidecar-package") / "istio-sidecar.deb"
    return build(tmp_path_factory.mktemp("packages"), package, PACKAGE_VERSION)


@pytest.fixture(scope="module")
def before(sandbox: object, packages: RpmPackages) -> Iterator[dict[str, Any]]:
    """What stood on the machine, an rpm system by now, before it joined."""
    with rpm_system(MACHINE, packages):
        yield listing(MACHINE)


@pytest.fixture(scope="module")
def project(before: dict[str, Any], packages: RpmPackages, new_project: MeshProject) -> Iterator[MeshProject]:
    """The stack with both machines and a package for each kind, applied; destroyed in the end whatever happened."""
    new_project.configure(two_machines)
    new_project.configure(lambda config: config.update(sidecar=packages_of_kinds(packages)))
    try:
        new_project.expect("up", "--yes", "--skip-preview")
        services.apply()
        services.restart_uninjected()
        yield new_project
    finally:
        new_project.unlock()
        new_project.pulumi("destroy", "--yes", "--skip-preview")


def packages_of_kinds(packages: RpmPackages) -> dict[str, Any]:
    deb = artifact("sidecar-package") / "istio-sidecar.deb"
    return {"deb": {"amd64": {"file": str(deb)}}, "rpm": {"amd64": {"file": str(packages.sidecar)}}}


def test_each_machine_got_the_package_for_what_it_is(project: MeshProject) -> None:
    assert on(MACHINE, INSTALLED).strip() == PACKAGE_VERSION
    assert on("vm-1", "dpkg-query -W -f '${Version}' istio-sidecar") == PACKAGE_VERSION
    project.expect("preview", "--refresh", "--expect-no-changes")


def test_the_rpm_machine_is_called_and_calls_by_its_identity(project: MeshProject) -> None:
    def hosts() -> set[str]:
        return {answer.host for answer in traffic.from_pod("sleep", VMHTTP, count=50) if answer.succeeded}

    settled(lambda: traffic.from_pod("sleep", VMHTTP)[0])
    assert hosts() == {"vm-1", MACHINE}
    calling = settled(lambda: traffic.from_machine(MACHINE, HTTPBIN)[0])
    assert (calling.status, calling.caller) == (200, "spiffe://cluster.local/ns/vm/sa/vmhttp")


def test_its_package_is_upgraded_its_edited_settings_stay_and_no_call_fails(
    project: MeshProject, packages: RpmPackages
) -> None:
    def upgrade(config: dict[str, Any]) -> None:
        config["sidecar"]["rpm"]["amd64"]["file"] = str(packages.next_sidecar)

    on(MACHINE, f"echo '# mine' >>{SETTINGS}")
    project.configure(upgrade)
    with calls_both_ways("rpm upgraded on vm-3") as calls:
        project.expect("up", "--yes", "--skip-preview")
    assert calls.none_failed(), calls.summary()
    assert on(MACHINE, INSTALLED).strip() == f"{PACKAGE_VERSION}+1"
    assert on(MACHINE, f"tail -n 1 {SETTINGS}") == "# mine\n"
    assert on("vm-1", "dpkg-query -W -f '${Version}' istio-sidecar") == PACKAGE_VERSION


def test_a_version_that_others_installed_is_shown_and_replaced(project: MeshProject, packages: RpmPackages) -> None:
    target = machines.machine(MACHINE).root / "root/other.rpm"
    target.write_bytes(packages.sidecar.read_bytes())
    on(MACHINE, "rpm -U --oldpackage /root/other.rpm && rm /root/other.rpm")
    assert "installed by others in place of" in project.expect("preview", "--refresh", "--diff").text
    project.expect("up", "--yes", "--skip-preview", "--refresh")
    assert on(MACHINE, INSTALLED).strip() == f"{PACKAGE_VERSION}+1"
    project.expect("preview", "--refresh", "--expect-no-changes")


def test_a_machine_without_a_package_for_it_is_refused_with_the_key_to_write_and_nothing_changes(
    project: MeshProject, packages: RpmPackages
) -> None:
    def without_rpm(config: dict[str, Any]) -> None:
        del config["sidecar"]["rpm"]

    def with_rpm(config: dict[str, Any]) -> None:
        config["sidecar"]["rpm"] = {"amd64": {"file": str(packages.next_sidecar)}}

    project.configure(without_rpm)
    refused = project.pulumi("up", "--yes", "--skip-preview")
    assert refused.code != 0
    told = " ".join(refused.text.split())
    assert "the machine needs the package for rpm/amd64, and meshx:sidecar names those for deb/amd64" in told
    assert "write sidecar.rpm.amd64 with" in told
    assert on(MACHINE, "systemctl is-active istio") == "active\n"
    project.configure(with_rpm)
    project.expect("up", "--yes", "--skip-preview")


def test_leaving_makes_the_rpm_machine_what_it_was(project: MeshProject, before: dict[str, Any]) -> None:
    project.expect("destroy", "--yes", "--skip-preview")
    assert not differences(before, listing(MACHINE))
