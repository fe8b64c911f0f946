"""Commands have a way to log in that is not a secret's way into the state by accident."""

import os
from collections.abc import Iterator

from meshx.config.errors.problems import Problem
from meshx.config.rules.written import Written
from meshx.config.rules.written_machines import machines

AGENT_VARIABLE = "SSH_AUTH_SOCK"
START_AGENT = 'eval "$(ssh-agent)" && ssh-add <key>'


def problems(stack: Written) -> Iterator[Problem]:
    """The key in the state for commands, and an agent too, or no key, or one that is to be in no state."""
    ssh = stack.get("ssh")
    if not ssh.get("keyInState").flag(False):
        return
    here = (*ssh.location, "keyInState")
    if ssh.get("agentSocket"):
        yield Problem(here, "agentSocket names an SSH agent, and that has the key", "one of the two")
    if ssh.get("privateKeyVariable"):
        yield Problem(here, "privateKeyVariable keeps the key out of the state", "one of the two")
        return
    for place, machine in _with_commands(stack):
        if not (machine.get("ssh", "privateKeyFile") or ssh.get("privateKeyFile") or stack.get("sshPrivateKey")):
            yield Problem(here, f"there is no private key for {place.path}", "privateKeyFile: <path>")


def without_agent(stack: Written) -> Iterator[Problem]:
    """Commands without an SSH agent to log in with: nothing that a preview needs."""
    ssh = stack.get("ssh")
    if ssh.get("keyInState").flag(False) or ssh.get("agentSocket") or os.environ.get(AGENT_VARIABLE):
        return
    for place, _ in _with_commands(stack):
        yield Problem(
            place.location,
            f"commands log in by an SSH agent, and none runs: {AGENT_VARIABLE} is not set",
            f"ssh.agentSocket, or start one in the shell that runs pulumi: {START_AGENT}; without any agent: "
            "ssh.keyInState: true, which keeps the key, encrypted, in the state",
        )
        return


def _with_commands(stack: Written) -> Iterator[tuple[Written, Written]]:
    """The places of commands that are run, each with its machine."""
    for machine in machines(stack):
        commands = machine.place.get("commands") or machine.workload.get("commands")
        if commands and not machine.is_instance:
            yield commands, machine.place
