"""SSH to a machine, and the keys for it."""

import shlex
import subprocess
from collections.abc import Sequence
from pathlib import Path

from sandbox.machines.inventory import machine
from sandbox.paths import STATE

SSH_KEY = STATE / "ssh" / "id_ed25519"


def execute(
    name: str, command: Sequence[str], *, user: str = "root", text: str = "", seconds: float | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `command` (a list of words) on a machine with `text` on its standard input, and return the result.

    seconds: the longest it may take; then subprocess.TimeoutExpired.
    """
    words = ssh_command(name, command, user)
    return subprocess.run(words, input=text, capture_output=True, text=True, check=False, timeout=seconds)


def ssh(name: str, user: str = "root") -> list[str]:
    """The SSH command line for a machine; a command may follow."""
    target = machine(name)
    options = {
        "IdentityFile": SSH_KEY,
        "IdentitiesOnly": "yes",
        "UserKnownHostsFile": target.folder / "known_hosts",
        "GlobalKnownHostsFile": "/dev/null",
        "StrictHostKeyChecking": "yes",
        "BatchMode": "yes",
        "LogLevel": "ERROR",
        "ConnectTimeout": 5,
        # A rebooting machine goes silent: find out within seconds.
        "ServerAliveInterval": 5,
        "ServerAliveCountMax": 3,
    }
    flags = [word for key, value in options.items() for word in ("-o", f"{key}={value}")]
    return ["ssh", "-F", "none", *flags, f"{user}@{target.address}"]


def ssh_command(name: str, command: Sequence[str], user: str = "root") -> list[str]:
    """The SSH command line for `command` on a machine; the remote shell sees the same list of words."""
    return [*ssh(name, user), shlex.join(command)]


def make_key(file: Path, comment: str) -> None:
    """Make a key pair, `file` and `file`.pub, unless it is there."""
    file.parent.mkdir(parents=True, exist_ok=True)
    public = file.with_name(file.name + ".pub")
    if file.exists() and public.exists():
        return
    file.unlink(missing_ok=True)
    words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", str(file)]
    subprocess.run(words, check=True, stdin=subprocess.DEVNULL, capture_output=True)
