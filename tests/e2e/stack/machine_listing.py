"""What stands on a machine, so that it can be compared before and after."""

from __future__ import annotations

from sandbox import machines

COMMANDS = {
    "files": (
        "find / -xdev \\( -path /proc -o -path /sys -o -path /run -o -path /tmp -o -path /var/log -o -path /var/cache "
        "-o -path /var/lib/dpkg -o -path /var/lib/systemd -o -path /root/.cache \\) -prune -o "
        "-printf '%p %y %u:%g %m %l\\n' | sort"
    ),
    "hosts": "cat /etc/hosts",
    "users": "getent passwd; getent group",
    "units": "systemctl list-unit-files --no-legend --no-pager | awk '{print $1, $2}' | sort",
    "packages": "dpkg-query -W -f '${Package} ${Version} ${db:Status-Abbrev}\\n'",
    "IPv4 rules": "iptables-save | grep -v '^#' | sed 's/\\[[0-9:]*\\]//'",
    "IPv6 rules": "ip6tables-save | grep -v '^#' | sed 's/\\[[0-9:]*\\]//'",
}


def listing(machine: str) -> dict[str, list[str]]:
    """Files with owners and modes, hosts lines, users, units, packages and packet rules of a machine, line by line."""
    return {
        subject: machines.execute(machine, ["bash", "-c", command], seconds=60).stdout.splitlines()
        for subject, command in COMMANDS.items()
    }
