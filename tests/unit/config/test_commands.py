"""The commands that users run on their machines, and how they log in there."""

import socket

import pytest

from meshx.config.loading import load


@pytest.fixture(autouse=True)
def agent(monkeypatch):
    """An SSH agent, as the shell of most users has one."""
    monkeypatch.setenv("SSH_AUTH_SOCK", "/run/agent.sock")


COMMANDS = {"up": "systemctl start a", "update": "systemctl restart a", "down": "systemctl stop a"}


def test_a_machine_has_its_own_commands_and_else_its_workloads(loaded, values):
    workload = values["workloads"][0]
    workload["commands"] = COMMANDS
    workload["machines"][1]["commands"] = {"up": "true"}
    first, second = loaded(values).machines
    assert (first.commands.up, first.commands.update, first.commands.down) == tuple(COMMANDS.values())
    assert (second.commands.up, second.commands.down, second.commands.timeout_seconds) == ("true", None, 600)


def test_commands_without_up_are_told_what_to_write(refused, values):
    values["workloads"][0]["machines"][0]["commands"] = {"down": "true"}
    said = refused(values)["meshx:workloads[0].machines[0].commands.up"]
    assert said.startswith("missing -> up: ")


@pytest.mark.parametrize(
    ("commands", "key", "said"),
    [
        ({"up": " "}, ".up", "expected a command, found"),
        ({"up": "true", "updat": "x"}, ".updat", "-> update, if that is what you mean"),
        ({"up": ["true"]}, ".up", "expected a command (text), found a list"),
        ({"up": "true", "timeoutSeconds": 0}, ".timeoutSeconds", "from 1 to 86400, found the number 0"),
        ({"up": "true", "triggers": "v2"}, ".triggers", "expected a list of triggers, found the text 'v2'"),
        ({"up": "echo '-----BEGIN PRIVATE KEY-----'"}, ".up", "there is a private key in the command"),
        ("true", "", "expected a group of keys (up, update, down, triggers and timeoutSeconds), found the text 'true'"),
    ],
)
def test_commands_of_another_shape_are_told_by_path(refused, values, commands, key, said):
    values["workloads"][0]["machines"][0]["commands"] = commands
    assert said in refused(values)[f"meshx:workloads[0].machines[0].commands{key}"]


def test_commands_without_an_agent_to_log_in_by_are_told_of_both_remedies(refused, values, monkeypatch):
    monkeypatch.delenv("SSH_AUTH_SOCK")
    values["workloads"][0]["commands"] = COMMANDS
    said = refused(values)["meshx:workloads[0].commands"]
    assert "SSH_AUTH_SOCK is not set" in said
    assert "ssh.agentSocket" in said and "ssh.keyInState" in said


def test_a_preview_needs_no_agent(values, project, monkeypatch):
    monkeypatch.delenv("SSH_AUTH_SOCK")
    values["workloads"][0]["commands"] = COMMANDS
    assert load(values, project, logs_in=False).workloads[0].commands is not None


def test_an_agents_socket_is_found_and_goes_into_the_state_as_written(loaded, refused, values, project, monkeypatch):
    monkeypatch.delenv("SSH_AUTH_SOCK")
    monkeypatch.chdir(project)  # a socket's path is short
    values["workloads"][0]["commands"] = COMMANDS
    values["ssh"]["agentSocket"] = "id"
    assert "'id' is a file, and not a socket" in refused(values)["meshx:ssh.agentSocket"]
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("agent.sock")
    values["ssh"]["agentSocket"] = "agent.sock"
    assert loaded(values).ssh.agent_socket.reference == "agent.sock"


def test_a_key_that_may_be_in_the_state_has_to_be_there_and_takes_the_agents_place(refused, values):
    values["workloads"][0]["commands"] = COMMANDS
    values["ssh"] = {"keyInState": True}
    assert "there is no private key" in refused(values)["meshx:ssh.keyInState"]
    values["ssh"] = {"keyInState": True, "privateKeyFile": "id", "agentSocket": "nowhere"}
    assert "one of the two" in refused(values)["meshx:ssh.keyInState"]
