"""Commands of users on a machine, through the life of one stack; each test builds on the one before it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox import machines, traffic
from sandbox.traffic import services
from tests.e2e.stack.machine_listing import listing
from tests.e2e.stack.mesh_project import MeshProject
from tests.e2e.stack.test_one_machine import VMHTTP, settled

pytestmark = pytest.mark.usefixtures("sandbox")

LOG = "/var/tmp/commands.log"  # noqa: S108 (on the sandbox's machine)
COMMANDS = {
    "up": f"echo up >> {LOG}\nsystemctl enable --now echo-http",
    "update": f"echo update >> {LOG}",
    "down": f"echo down >> {LOG}\nsystemctl disable --now echo-http",
}


@pytest.fixture(scope="module")
def before() -> dict[str, list[str]]:
    """What stood on the machine before anything was joined."""
    machines.execute("vm-1", ["rm", "-f", LOG])
    return listing("vm-1")


@pytest.fixture(scope="module")
def project(before: dict[str, list[str]], new_project: MeshProject) -> Iterator[MeshProject]:
    """The stack that all tests of this file follow; destroyed in the end whatever happened."""
    configure(new_project, COMMANDS)
    yield new_project
    new_project.unlock()
    new_project.pulumi("destroy", "--yes", "--skip-preview")
    machines.execute("vm-1", ["rm", "-f", LOG])


def configure(project: MeshProject, commands: dict[str, Any] | None) -> None:
    """Have the machine run these commands, and its workload's other machines none."""

    def change(config: dict[str, Any]) -> None:
        workload = config["workloads"][0]
        workload.pop("commands", None)
        workload["machines"][0]["commands"] = commands
        if commands is None:
            del workload["machines"][0]["commands"]

    project.configure(change)


def ran() -> list[str]:
    """The commands that ran since this was last asked."""
    lines = machines.execute("vm-1", ["cat", LOG]).stdout.split()
    machines.execute("vm-1", ["truncate", "--size=0", LOG])
    return lines


def test_up_runs_once_the_machine_has_joined_and_starts_what_serves_its_port(project: MeshProject) -> None:
    first = project.expect("up", "--yes", "--skip-preview")
    assert "its probe fails" not in first.text
    services.apply()
    services.restart_uninjected()
    assert settled(lambda: traffic.from_pod("sleep", VMHTTP)[0]).host == "vm-1"
    assert ran() == ["up"]


def test_a_second_up_runs_nothing(project: MeshProject) -> None:
    project.expect("up", "--yes", "--skip-preview", "--expect-no-changes")
    assert ran() == []


def test_the_key_that_commands_log_in_with_is_in_no_state_not_even_encrypted(project: MeshProject) -> None:
    decrypted = project.expect("stack", "export", "--show-secrets").text
    connections = [
        json.loads(resource["inputs"]["connection"]["plaintext"])
        for resource in json.loads(decrypted)["deployment"]["resources"]
        if resource["type"] == "command:remote:Command"
    ]
    assert [connection["host"] for connection in connections] == ["10.77.0.11"]
    assert all(connection["hostKey"].startswith("ssh-ed25519 ") for connection in connections)
    assert "PRIVATE KEY" not in decrypted
    (command,) = (resource for resource in project.state() if resource["type"] == "command:remote:Command")
    assert "ciphertext" in command["inputs"]["connection"] and "ciphertext" in command["outputs"]["connection"]


def test_what_changed_runs_update_alone(project: MeshProject) -> None:
    configure(project, {**COMMANDS, "up": f"echo other >> {LOG}"})
    assert project.expect("up", "--yes", "--skip-preview").changes().get("updated") == 1
    assert ran() == ["update"]


def test_a_trigger_that_changed_runs_down_and_then_up(project: MeshProject) -> None:
    configure(project, {**COMMANDS, "triggers": ["v2"]})
    assert project.expect("up", "--yes", "--skip-preview").changes().get("replaced") == 1
    assert ran() == ["down", "up"]


def test_a_command_that_fails_is_told_with_what_it_printed_and_the_machine_stays_joined(project: MeshProject) -> None:
    configure(project, {**COMMANDS, "triggers": ["v2"], "update": "echo the disk is on fire >&2; exit 3"})
    failed = project.pulumi("up", "--yes", "--skip-preview")
    assert failed.code != 0
    assert "Process exited with status 3" in failed.text and "the disk is on fire" in failed.text
    assert settled(lambda: traffic.from_pod("sleep", VMHTTP)[0]).host == "vm-1"


def test_a_command_that_does_not_end_is_ended_after_its_time(project: MeshProject) -> None:
    configure(project, {**COMMANDS, "triggers": ["v2"], "update": "sleep 1000", "timeoutSeconds": 1})
    assert "Process exited with status 124" in project.pulumi("up", "--yes", "--skip-preview").text


def test_commands_that_are_taken_out_run_down_and_the_machine_stays_joined(project: MeshProject) -> None:
    configure(project, None)
    assert project.expect("up", "--yes", "--skip-preview").changes().get("deleted")
    assert ran() == ["down"]
    assert machines.execute("vm-1", ["systemctl", "is-active", "istio"]).stdout.strip() == "active"


def test_destroy_runs_down_once_and_leaves_the_machine_as_it_was(
    project: MeshProject, before: dict[str, list[str]]
) -> None:
    configure(project, COMMANDS)
    project.expect("up", "--yes", "--skip-preview")
    project.expect("destroy", "--yes", "--skip-preview")
    assert ran() == ["up", "down"]
    machines.execute("vm-1", ["rm", "-f", LOG])
    assert listing("vm-1") == before
