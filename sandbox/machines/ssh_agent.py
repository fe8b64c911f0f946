"""An SSH agent with the key to the machines: the stack's commands log in with it, so that no state holds a key."""

import socket
import subprocess

from sandbox.machines.ssh_client import SSH_KEY
from sandbox.paths import STATE
from sandbox.supervision.supervisor import NotReadyError, Part

SOCKET = STATE / "ssh" / "agent.sock"


def _remove_dead_socket() -> None:
    """Remove a killed agent's socket, which would keep the agent from starting."""
    if not SOCKET.exists():
        return
    with socket.socket(socket.AF_UNIX) as asking:
        try:
            asking.connect(str(SOCKET))
        except ConnectionRefusedError:
            SOCKET.unlink()


def _check() -> None:
    added = subprocess.run(
        ["ssh-add", "-q", str(SSH_KEY)],
        env={"SSH_AUTH_SOCK": str(SOCKET), "PATH": "/usr/bin:/bin"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if added.returncode != 0:
        raise NotReadyError(added.stderr.strip())


PARTS = (
    Part(
        "ssh-agent",
        needs=("ssh-key",),
        prepare=_remove_dead_socket,
        command=lambda: ["ssh-agent", "-D", "-a", str(SOCKET)],
        check=_check,
        limit=10,
    ),
)
