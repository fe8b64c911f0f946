"""What the program registers for commands of users on their machines."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pulumi
import pytest

from tests.program.recorded_program import Registered, run
from tests.program.test_mesh import JOIN, names, of_type, the

COMMAND = "command:remote:Command"
COMMANDS = {"up": "start 'it'", "update": "restart it", "down": "stop it", "triggers": ["v1"], "timeoutSeconds": 60}


@pytest.fixture(autouse=True)
def agent(monkeypatch: pytest.MonkeyPatch) -> None:
    """An SSH agent, as the shell of most users has one."""
    monkeypatch.setenv("SSH_AUTH_SOCK", "/run/agent.sock")


@pytest.fixture
def registered(values: dict[str, Any], folder: Path) -> list[Registered]:
    """A stack whose machine has commands."""
    values["workloads"][0]["machines"][0]["commands"] = COMMANDS
    return run(values, folder)


def connection_of(registered: list[Registered]) -> dict[str, Any]:
    """The command's connection, whose mark as a secret is checked on the way."""
    connection = the(registered, COMMAND).inputs["connection"]
    assert isinstance(connection, pulumi.Output) or pulumi.runtime.rpc.is_rpc_secret(connection)
    return dict(connection["value"])


def test_commands_run_after_the_join_within_their_time(registered: list[Registered]) -> None:
    command = the(registered, COMMAND)
    assert f"{JOIN} vm-1" in names(command.dependencies)
    assert command.inputs["create"] == "timeout -k 10 60 sh -ec 'start '\"'\"'it'\"'\"''"
    assert command.inputs["update"] == "timeout -k 10 60 sh -ec 'restart it'"
    assert command.inputs["delete"] == "timeout -k 10 60 sh -ec 'stop it'"
    assert command.inputs["triggers"] == ["v1"]
    assert command.inputs["logging"] == "none"
    assert command.inputs["addPreviousOutputInEnv"] is False


def test_a_join_that_leaves_takes_its_commands_along_and_runs_down_itself(registered: list[Registered]) -> None:
    command, join = the(registered, COMMAND), the(registered, JOIN)
    assert names(frozenset([command.deleted_with])) == {f"{JOIN} vm-1"}
    assert command.delete_before_replace
    assert join.inputs["beforeLeaving"] == "timeout -k 10 60 sh -ec 'stop it'"
    assert join.inputs["awaitHealth"] is False


def test_what_a_command_prints_is_a_secret(registered: list[Registered]) -> None:
    assert {"stdout", "stderr", "connection"} <= the(registered, COMMAND).secret_outputs


def test_without_update_a_changed_up_replaces_and_another_change_runs_nothing(
    values: dict[str, Any], folder: Path
) -> None:
    values["workloads"][0]["commands"] = {"up": "start it"}
    command = the(run(values, folder), COMMAND)
    assert command.inputs["update"] == "true"
    assert {"create", "triggers[*]"} <= command.replaced_on


def test_with_update_only_triggers_replace(registered: list[Registered]) -> None:
    assert the(registered, COMMAND).replaced_on == {"triggers[*]"}


def test_the_host_is_known_and_no_key_is_in_the_state(registered: list[Registered], folder: Path) -> None:
    connection = connection_of(registered)
    host_key = " ".join((folder / "id.pub").read_text().split()[:2])
    assert (connection["host"], connection["hostKey"]) == ("10.77.0.11", host_key)
    assert connection["dialErrorLimit"] == 4
    assert "privateKey" not in connection
    assert "PRIVATE KEY" not in json.dumps([resource.inputs for resource in registered])


def test_a_key_goes_into_the_state_as_a_secret_where_the_stack_says_so(values: dict[str, Any], folder: Path) -> None:
    values["workloads"][0]["commands"] = COMMANDS
    values["ssh"]["keyInState"] = True
    registered = run(values, folder)
    assert connection_of(registered)["privateKey"] == (folder / "id").read_text()


def test_a_bastions_own_key_goes_into_the_state_for_the_bastion_alone(values: dict[str, Any], folder: Path) -> None:
    (folder / "bastion-key").write_text((folder / "id").read_text() + "\n")
    values["workloads"][0]["commands"] = COMMANDS
    bastion = {"host": "bastion", "hostKeyFile": "id.pub", "privateKeyFile": "bastion-key"}
    values["ssh"] |= {"keyInState": True, "bastion": bastion}
    registered = run(values, folder)
    connection = connection_of(registered)
    assert connection["privateKey"] == (folder / "id").read_text()
    assert connection["proxy"]["privateKey"] == (folder / "bastion-key").read_text()
    join = the(registered, "meshx:index:Join").inputs["connection"]
    assert (join["privateKeyFile"], join["bastion"]["privateKeyFile"]) == ("id", "bastion-key")


def test_a_bastion_is_the_proxy_and_known_as_well(values: dict[str, Any], folder: Path) -> None:
    values["workloads"][0]["commands"] = COMMANDS
    values["ssh"]["bastion"] = {"host": "bastion", "user": "jump", "hostKeyFile": "id.pub"}
    proxy = connection_of(run(values, folder))["proxy"]
    assert (proxy["host"], proxy["user"]) == ("bastion", "jump")
    assert proxy["hostKey"].startswith("ssh-ed25519 ")


def test_commands_have_a_provider_of_their_own_and_other_stacks_none(values: dict[str, Any], folder: Path) -> None:
    assert not of_type(run(values, folder), "pulumi:providers:command")
    values["workloads"][0]["commands"] = COMMANDS
    registered = run(values, folder)
    provider = the(registered, "pulumi:providers:command")
    assert f"{provider.type}::{provider.name}::" in the(registered, COMMAND).provider


def test_a_program_without_commands_does_not_import_the_package(folder: Path) -> None:
    modules = "meshx.mesh, meshx.stack.providers, meshx.stack.stack_configuration"
    asked = f"import sys, {modules}; print('pulumi_command' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", asked], check=True, capture_output=True, text=True)
    assert told.stdout.strip() == "False"
