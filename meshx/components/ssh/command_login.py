"""How commands log in to machines: never with a key in the state, unless the stack allows it."""

from dataclasses import dataclass, field

from meshx.config.resolved import Machine
from meshx.config.stack import StackConfiguration
from meshx.config.values.files import ProjectFile


@dataclass(frozen=True)
class CommandLogin:
    """The SSH agent at a socket (None: the one of SSH_AUTH_SOCK), or the private key's text.

    bastion_key: the text of the key for the bastion, where private_key is one.
    """

    agent_socket: str | None = None
    private_key: str | None = field(default=None, repr=False)
    bastion_key: str | None = field(default=None, repr=False)


def command_login(configuration: StackConfiguration, machine: Machine) -> CommandLogin:
    """How commands log in to a machine. It returns a key's text only if the stack allows it in its state."""
    ssh = configuration.ssh
    if not ssh.key_in_state:
        return CommandLogin(agent_socket=ssh.agent_socket.reference if ssh.agent_socket else None)
    key = _text(machine.ssh.private_key_file) or configuration.ssh_private_key.get_secret_value()
    return CommandLogin(private_key=key, bastion_key=_text(machine.ssh.bastion_key_file) or key)


def _text(file: ProjectFile | None) -> str | None:
    return file.path.read_text(encoding="utf-8") if file else None
