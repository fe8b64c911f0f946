"""A machine's own rules for incoming IPv6, set by a unit of its own at each boot."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sandbox import machines
from tests.e2e.machine.deliveries import shell

OWN_RULES = (
    "-A INPUT -p ipv6-icmp -j ACCEPT",
    '-A INPUT -p tcp -m tcp --dport 22 -m comment --comment "of the administrators" -j ACCEPT',
    "-A INPUT -p tcp -m tcp --dport 3306 -j DROP",
)
CLOSED_BY_ISTIO = (
    "-A INPUT -m state --state ESTABLISHED -j ACCEPT",
    "-A INPUT -d ::1/128 -i lo -j ACCEPT",
    "-A INPUT -j REJECT --reject-with icmp6-port-unreachable",
)
"""The three rules that the start script leaves in place of the machine's own."""

_SCRIPT = "\n".join(["#!/bin/sh", "set -e", *(f"ip6tables -w {rule}" for rule in OWN_RULES), ""])
_PATH = "/usr/local/sbin/own-firewall"
_UNIT = f"""\
[Unit]
DefaultDependencies=no
Before=network-pre.target
Wants=network-pre.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart={_PATH}

[Install]
WantedBy=multi-user.target
"""


@contextmanager
def own_firewall(machine: str) -> Iterator[None]:
    """A machine with those rules, until the block ends."""
    machines.execute(machine, ["sh", "-c", f"cat >{_PATH}; chmod 755 {_PATH}"], text=_SCRIPT)
    unit = "/etc/systemd/system/own-firewall.service"
    machines.execute(machine, ["sh", "-c", f"cat >{unit}; systemctl daemon-reload"], text=_UNIT)
    shell(machine, "systemctl enable --quiet --now own-firewall")
    try:
        yield
    finally:
        shell(machine, f"systemctl disable --quiet --now own-firewall; rm -f {unit} {_PATH}; systemctl daemon-reload")
        shell(machine, "ip6tables -F INPUT")


def ipv6_input(machine: str) -> list[str]:
    """The rules for incoming IPv6, in their order."""
    return [line for line in shell(machine, "ip6tables -S INPUT").splitlines() if line.startswith("-A")]
