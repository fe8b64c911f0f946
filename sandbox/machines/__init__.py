"""The sandbox's machines: Debian 12 with systemd as process 1, their own addresses, and SSH."""

from sandbox.machines.inventory import MACHINES, SPARE_MACHINES, Machine, everyone, machine
from sandbox.machines.root_filesystem import ADMINISTRATOR
from sandbox.machines.running import is_on, make, reboot, remove, start, stop, switch_off, switch_on
from sandbox.machines.ssh_client import SSH_KEY, execute, ssh, ssh_command

__all__ = [
    "ADMINISTRATOR",
    "MACHINES",
    "SPARE_MACHINES",
    "SSH_KEY",
    "Machine",
    "everyone",
    "execute",
    "is_on",
    "machine",
    "make",
    "reboot",
    "remove",
    "ssh",
    "ssh_command",
    "start",
    "stop",
    "switch_off",
    "switch_on",
]
