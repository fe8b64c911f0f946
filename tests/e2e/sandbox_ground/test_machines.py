"""The machines: real systemd, a name and an address of their own, and nothing that they cannot be known by."""

import subprocess

import pytest

from sandbox import machines
from sandbox.machines import MACHINES
from tests.e2e.sandbox_ground import commands

pytestmark = pytest.mark.usefixtures("sandbox")

NAMES = [machine.name for machine in MACHINES]


def output(name: str, *command: str, user: str = "root") -> str:
    done = machines.execute(name, command, user=user, seconds=30)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("name", NAMES)
def test_a_machine_runs_systemd_with_every_unit_well(name: str) -> None:
    assert output(name, "ps", "-o", "comm=", "-p", "1") == "systemd"
    assert output(name, "systemctl", "is-system-running") == "running"
    assert output(name, "hostname") == name


def test_no_two_machines_share_an_identity() -> None:
    assert len({output(name, "cat", "/etc/machine-id") for name in NAMES}) == len(NAMES)
    assert len({machines.machine(name).folder.joinpath("known_hosts").read_text() for name in NAMES}) == len(NAMES)


def test_a_machine_with_another_host_key_is_refused() -> None:
    first, second = (machines.machine(name) for name in NAMES[:2])
    known = first.folder / "known_hosts"
    before = known.read_text()
    wrong = second.folder.joinpath("known_hosts").read_text().replace(str(second.address), str(first.address))
    try:
        known.write_text(wrong)
        assert machines.execute(first.name, ["true"]).returncode != 0
    finally:
        known.write_text(before)
    assert machines.execute(first.name, ["true"]).returncode == 0


def test_the_administrator_becomes_root_without_a_password() -> None:
    assert output(NAMES[0], "id", "-un", user="admin") == "admin"
    assert output(NAMES[0], "sudo", "-n", "id", "-un", user="admin") == "root"


def test_a_machine_knows_no_names_before_it_is_joined_and_learns_so_at_once() -> None:
    # The last one: the stack dev may have joined the first.
    for unknown in ("example.org", NAMES[-1]):
        done = machines.execute(NAMES[-1], ["timeout", "3", "getent", "hosts", unknown], seconds=30)
        assert (done.returncode, done.stdout) == (2, "")


def test_words_reach_a_machine_as_they_are() -> None:
    odd = "two words; $HOME 'quoted' \"twice\" *"
    assert commands.run("exec", NAMES[0], "--", "printf", "%s", odd) == odd
    assert output(NAMES[0], "printf", "%s", odd) == odd


def test_a_rebooted_machine_comes_back_with_what_was_written_on_it() -> None:
    output(NAMES[1], "sh", "-c", "echo kept > /var/lib/kept; echo gone > /run/gone")
    before = commands.running()
    machines.reboot(NAMES[1])
    assert output(NAMES[1], "cat", "/var/lib/kept") == "kept"
    assert machines.execute(NAMES[1], ["test", "-e", "/run/gone"]).returncode == 1
    assert commands.running() == before
    output(NAMES[1], "rm", "/var/lib/kept")


def test_a_stopped_machine_is_not_reached_and_keeps_its_files() -> None:
    output(NAMES[1], "touch", "/var/lib/kept")
    machines.stop(NAMES[1])
    try:
        assert machines.execute(NAMES[1], ["true"]).returncode != 0
    finally:
        machines.start(NAMES[1])
    output(NAMES[1], "rm", "/var/lib/kept")


def test_a_command_that_takes_too_long_is_given_up() -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        machines.execute(NAMES[0], ["sleep", "30"], seconds=1)
