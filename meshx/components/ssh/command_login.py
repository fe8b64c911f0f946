"""How commands log in to machines: never with a key in the state, unless the stack allows it."""

from dataclasses import dataclass, field

from meshx.config.resolved import Machine
from meshx.config.stack import StackConfiguration


@dataclass(frozen=True)
class CommandLogin:
    """The SSH agent at a socket (None: the one of SSH_AUTH_SOCK), or the private key's text."""

    agent_socket: str | None = None
    private_key: str | None = field(default=None, repr=False)


def command_login(configuration: StackConfiguration, machine: Machine) -> CommandLogin:
    """How commands log in to a machine. It returns a key's text only if the stack allows it in its state."""
    ssh = configuration.ssh
    if not ssh.key_in_state:
        return CommandLogin(agent_socket=ssh.agent_socket.reference if ssh.agent_socket else None)
    if machine.ssh.private_key_file is None:
        return CommandLogin(private_key=configuration.ssh_private_key.get_secret_value())
    return CommandLogin(private_key=machine.ssh.private_key_file.path.read_text(encoding="utf-8"))
