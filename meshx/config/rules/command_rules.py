"""Commands have a way to log in that is not a secret's way into the state by accident."""

import os
from collections.abc import Iterator

from meshx.config.errors.problems import Problem
from meshx.config.rules.written import Written
from meshx.config.rules.written_machines import machines

AGENT_VARIABLE = "SSH_AUTH_SOCK"
START_AGENT = 'eval "$(ssh-agent)" && ssh-add <key>'


def problems(stack: Written) -> Iterator[Problem]:
    """Commands without an SSH agent to log in by, or with the key and no key."""
    ssh = stack.get("ssh")
    in_state = ssh.get("keyInState").flag(False)
    if in_state and ssh.get("agentSocket"):
        yield Problem(
            (*ssh.location, "keyInState"), "agentSocket names an SSH agent, and that has the key", "one of the two"
        )
    for place, machine in _with_commands(stack):
        if in_state:
            key = machine.get("ssh", "privateKeyFile") or ssh.get("privateKeyFile") or stack.get("sshPrivateKey")
            if not key:
                yield Problem(
                    (*ssh.location, "keyInState"), f"there is no private key for {place.path}", "privateKeyFile: <path>"
                )
        elif not ssh.get("agentSocket") and not os.environ.get(AGENT_VARIABLE):
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
