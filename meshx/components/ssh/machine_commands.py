"""Users' commands on a machine: `pulumi_command.remote.Command`.

Imported only for a stack that has commands, so that no other needs the plugin `command`.
"""

import shlex

import pulumi
from pulumi_command.remote import Command, ConnectionArgs, Logging, ProxyConnectionArgs

from meshx.components.ssh.command_login import CommandLogin
from meshx.config.resolved import Machine
from meshx.config.sections.commands import CommandsConfiguration
from meshx.stack.logical_names import named

DIAL_FAILURES = 4
"""How often connecting may fail before the command fails; waits in between are below a second."""
KILL_AFTER_SECONDS = 10
LONGEST_LEAVING_SECONDS = 300
"""How long `down` may take while a machine leaves."""
NOTHING = "true"


def limited(command: str, seconds: int) -> str:
    """A command that stops after some seconds, and at its first failing line.

    The machine must enforce the time limit: the plugin's own only stops the dialling, not a running command.
    """
    return f"timeout -k {KILL_AFTER_SECONDS} {seconds} sh -ec {shlex.quote(command)}"


def command_before_leaving(commands: CommandsConfiguration) -> str | None:
    """What the Join runs on a leaving machine, once it is drained."""
    if commands.down is None:
        return None
    return limited(commands.down, min(commands.timeout_seconds, LONGEST_LEAVING_SECONDS))


def run_commands(
    machine: Machine,
    commands: CommandsConfiguration,
    login: CommandLogin,
    join: pulumi.Resource,
    parent: pulumi.Resource,
) -> Command:
    """Run a machine's commands once it has joined."""

    def written(command: str | None) -> str | None:
        return None if command is None else limited(command, commands.timeout_seconds)

    return Command(
        named(f"{machine.logical_name}/commands"),
        connection=_connection(machine, login),
        create=written(commands.up),
        # Without one the plugin would run `create` again, also for a changed port or host key.
        update=written(commands.update) or NOTHING,
        delete=written(commands.down),
        triggers=list(commands.triggers),
        # The output of commands may be secret: it is not shown or passed on, and stored encrypted.
        logging=Logging.NONE,
        add_previous_output_in_env=False,
        opts=pulumi.ResourceOptions(
            parent=parent,
            depends_on=[join],
            # A leaving machine is drained first, so the Join itself runs `down` after that.
            deleted_with=join,
            delete_before_replace=True,
            replace_on_changes=[] if commands.update else ["create"],
            additional_secret_outputs=["stdout", "stderr"],
        ),
    )


def _connection(machine: Machine, login: CommandLogin) -> ConnectionArgs:
    ssh, bastion = machine.ssh, machine.ssh.bastion
    return ConnectionArgs(
        host=ssh.host,
        port=ssh.port,
        user=ssh.user,
        host_key=ssh.host_key or None,
        private_key=login.private_key,
        agent_socket_path=login.agent_socket,
        dial_error_limit=DIAL_FAILURES,
        per_dial_timeout=ssh.connect_timeout_seconds,
        proxy=ProxyConnectionArgs(
            host=bastion.host,
            port=bastion.port,
            user=bastion.user,
            host_key=bastion.host_key,
            private_key=login.bastion_key,
            agent_socket_path=login.agent_socket,
            dial_error_limit=DIAL_FAILURES,
            per_dial_timeout=ssh.connect_timeout_seconds,
        )
        if bastion
        else None,
    )
