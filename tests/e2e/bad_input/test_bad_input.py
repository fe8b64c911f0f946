"""What cannot work is told by its name and its remedy, without a traceback; what worked before stays, and the next run
succeeds.

The tests of this file follow one stack: first what keeps it from coming about, then machines that cannot join.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from kubernetes import client

from sandbox import machines, parts
from sandbox.builds import artifact
from sandbox.kubernetes import cluster
from tests.e2e.bad_input import restricted_user
from tests.e2e.stack import machine_listing
from tests.e2e.stack.mesh_project import MeshProject
from tests.pulumi_cli import Ran

pytestmark = pytest.mark.usefixtures("sandbox")

GATEWAY = ("istio-eastwestgateway", "istio-system")
GUEST = "guest"
Config = dict[str, Any]


@pytest.fixture(scope="module")
def project(new_project: MeshProject) -> Iterator[MeshProject]:
    """The stack of this file; destroyed in the end whatever happened."""
    new_project.configure(lambda config: config["ssh"].update(connectTimeoutSeconds=5))
    yield new_project
    new_project.unlock()
    new_project.pulumi("destroy", "--yes", "--skip-preview")


@contextmanager
def configured(project: MeshProject, change: Callable[[Config], object]) -> Iterator[None]:
    """The stack's file changed for a while."""
    file = project.folder / "Pulumi.dev.yaml"
    kept = file.read_text()
    project.configure(change)
    try:
        yield
    finally:
        file.write_text(kept)


def refused(ran: Ran, *words: str) -> None:
    """Check that a run failed, says these words, and shows the reader nothing of Python."""
    assert ran.code != 0, ran.text
    for word in words:
        assert word in ran.text, f"{word!r} is not in:\n{ran.text}"
    assert "Traceback" not in ran.text, ran.text
    assert 'File "' not in ran.text, ran.text


def on_second_machine(command: str) -> None:
    done = machines.execute("vm-3", ["bash", "-c", command], seconds=60)
    assert done.returncode == 0, done.stderr


def machine(name: str, number: int, **keys: Any) -> Config:
    """A machine of the configuration that is really vm-3, unless `keys` say otherwise."""
    host_key = ".sandbox/machines/vm-3/ssh_host_ed25519_key.pub"
    ssh = {"host": "10.77.0.13", "hostKeyFile": host_key, **keys.pop("ssh", {})}
    ssh = {key: value for key, value in ssh.items() if value is not None}
    return {"name": name, "address": f"10.77.0.{number}", "ssh": ssh, **keys}


def added(*listed: Config) -> Callable[[Config], object]:
    return lambda config: config["workloads"][0]["machines"].extend(listed)


def up(project: MeshProject, *words: str) -> Ran:
    return project.pulumi("up", "--yes", "--skip-preview", *words)


@pytest.mark.parametrize(
    ("cluster_keys", "words"),
    [
        ({"kubeconfigFile": "nowhere"}, ("meshx:cluster.kubeconfigFile", "there is no file 'nowhere'")),
        ({"context": "meshx-sandboxx"}, ("meshx:cluster.context", "has no context", "context: meshx-sandbox")),
    ],
)
def test_a_kubeconfig_or_context_that_is_not_there_is_named(
    project: MeshProject, cluster_keys: Config, words: tuple[str, ...]
) -> None:
    with configured(project, lambda config: config["cluster"].update(cluster_keys)):
        refused(project.pulumi("preview"), *words)


def test_an_object_that_the_user_may_not_make_is_named(project: MeshProject) -> None:
    try:
        restricted_user.make_kubeconfig(project.folder / "kubeconfig")
        with configured(project, lambda config: config["cluster"].update(kubeconfigFile="kubeconfig")):
            refused(up(project), 'resource "namespaces"', restricted_user.NAME)
            project.expect("destroy", "--yes", "--skip-preview")
    finally:
        restricted_user.remove()


def test_a_gateway_without_an_address_in_time_is_named_and_the_next_run_goes_on(project: MeshProject) -> None:
    parts.stop("loadbalancer")
    try:
        with configured(project, lambda config: config["mesh"].update(gateway={"timeoutSeconds": 15})):
            refused(up(project), "istio-eastwestgateway")
    finally:
        parts.start("loadbalancer")
    project.expect("up", "--yes", "--skip-preview")


def test_a_gateways_host_name_that_a_machine_does_not_find_leaves_it_as_it_is(project: MeshProject) -> None:
    core = client.CoreV1Api(cluster.api())
    parts.stop("loadbalancer")
    try:
        status = {"status": {"loadBalancer": {"ingress": [{"hostname": "lb.example.com"}]}}}
        core.patch_namespaced_service_status(*GATEWAY, status)
        told = ("nothing was changed on it", "no name server of this machine knows lb.example.com")
        refused(up(project), "vm-1 cannot join as it is", *told)
        assert on_first_machine("systemctl is-active istio") == "active"
    finally:
        parts.start("loadbalancer")
    project.expect("up", "--yes", "--skip-preview")


def test_machines_that_cannot_join_are_named_each_with_its_cause_and_the_others_stay(project: MeshProject) -> None:
    on_second_machine(
        f"useradd --create-home --shell /bin/bash {GUEST} && cp -r /root/.ssh /home/{GUEST}/.ssh && "
        f"chown -R {GUEST} /home/{GUEST}/.ssh"
    )
    other_key = " ".join(machines.SSH_KEY.with_name("id_ed25519.pub").read_text().split()[:2])
    bad = added(
        machine("absent", 99, ssh={"host": "10.77.0.99"}),
        machine("other-key", 98, ssh={"hostKey": other_key, "hostKeyFile": None}),
        machine("stranger", 97, ssh={"user": "stranger"}),
        machine("powerless", 96, ssh={"user": GUEST}),
    )
    try:
        with configured(project, bad):
            # Else the engine begins nothing more once the first of them has failed.
            ran = up(project, "--continue-on-error")
        refused(
            ran,
            "absent: 10.77.0.99 port 22 cannot be reached by SSH",
            "other-key: 10.77.0.13 shows the host key SHA256:",
            "put its new key under ssh.hostKey",
            "stranger: 10.77.0.13 does not let user stranger in",
            f"powerless: user {GUEST} may not become root",
            "NOPASSWD",
        )
        assert on_first_machine("systemctl is-active istio") == "active"
        back = project.expect("up", "--yes", "--skip-preview")
    finally:
        on_second_machine(f"userdel --remove {GUEST}")
    assert back.changes()["updated"] == 1, back.text  # the table of who reaches what


def on_first_machine(command: str) -> str:
    return machines.execute("vm-1", ["bash", "-c", command]).stdout.strip()


UNFIT = (
    (
        "systemd-run --quiet --unit holder /usr/local/bin/echo-http serve :15001",
        "systemctl stop holder",
        "port 15001, which the sidecar needs, is held by echo-http",
    ),
    ("mv /usr/bin/sudo /usr/bin/sudo.away", "mv /usr/bin/sudo.away /usr/bin/sudo", "apt-get install -y sudo"),
    # After the program from there was started.
    ("mount -t tmpfs -o size=1m tmpfs /usr/local/bin", "umount /usr/local/bin", "are free under /usr/local/bin and"),
)
"""What makes a machine unfit, what undoes it, and the words for it."""


def test_a_machine_that_is_unfit_is_told_everything_at_once_and_nothing_was_changed_on_it(project: MeshProject) -> None:
    before = machine_listing.listing("vm-3")
    with configured(project, added(machine("vm-3", 13))):
        try:
            for make, _, _ in UNFIT:
                on_second_machine(make)
            told = ("vm-3 cannot join as it is; nothing was changed on it", *(words for _, _, words in UNFIT))
            refused(up(project), *told)
        finally:
            for _, undo, _ in reversed(UNFIT):
                on_second_machine(undo)
    assert machine_listing.differences(before, machine_listing.listing("vm-3")) == []


def test_no_room_for_the_package_on_its_way_is_told(project: MeshProject) -> None:
    with configured(project, added(machine("vm-3", 13))):
        on_second_machine("mount -t tmpfs -o size=1m tmpfs /var/tmp")
        try:
            refused(up(project), "vm-3: the delivery did not arrive whole: its disk is full, make room under /var")
        finally:
            on_second_machine("umount /var/tmp")


def test_another_version_of_the_package_is_told_beforehand_and_stays_installed_after_the_machine_has_left(
    project: MeshProject,
) -> None:
    package = artifact("sidecar-package") / "istio-sidecar-next.deb"
    (machines.machine("vm-3").root / "root" / package.name).write_bytes(package.read_bytes())
    on_second_machine(f"dpkg -i /root/{package.name} && rm /root/{package.name}")
    try:
        with configured(project, added(machine("vm-3", 13))):
            project.configure(lambda config: config["ssh"].update(lookInPreviews=True))
            assert "+1, installed by others" in project.expect("preview").text
            assert "installed, where " in project.expect("up", "--yes", "--skip-preview").text
        left = project.expect("up", "--yes", "--skip-preview").text
        assert "package istio-sidecar was there before and stays" in left
    finally:
        on_second_machine("dpkg --purge istio-sidecar; userdel istio-proxy; mkdir -p /usr/local/bin")
    assert on_first_machine("systemctl is-active istio") == "active"


def test_once_all_is_well_the_next_run_succeeds(project: MeshProject) -> None:
    project.configure(added(machine("vm-3", 13)))
    project.expect("up", "--yes", "--skip-preview")
    again = project.expect("up", "--yes", "--skip-preview", "--expect-no-changes")
    assert set(again.changes()) <= {"unchanged"}, again.text
