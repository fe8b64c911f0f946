"""What stands on a machine, so that it can be compared before and after."""

from __future__ import annotations

import shlex

from sandbox import machines

CHANGED_BY_ANY_RUN = {
    "/var/log/*": "logs say what was done, and are meant to stay",
    "/var/cache/*": "caches of the package manager and of name look-ups, made anew when they are gone",
    "/var/lib/systemd/*": "when each timer ran last, the random seed, and the like",
    "/var/lib/dpkg/*-old": "the state before the last installation, kept by dpkg itself",
    "/var/lib/dpkg/lock*": "written by every run of dpkg",
    "/var/lib/dpkg/triggers/Lock": "written by every run of dpkg",
    "/var/lib/rpm/*": "rpm's database, of which its answers are compared",
    "/etc/*-": "the user database before the last change, kept by useradd and userdel themselves",
    "/run/systemd/*": "the state of systemd's own, sessions and scopes of each login among it",
    "/run/user/*": "there while somebody is logged in",
    "/run/sudo/*": "when somebody was asked for a password last",
    "/run/motd.dynamic*": "written at each login",
    "/run/utmp": "who is logged in",
    "/run/agetty.reload": "made by the console's login prompt, some moments after a boot",
    "/run/adduser": "the lock of adduser, which leaves it there until the next boot",
    "*/tmp/systemd-private-*": "folders of running services, whose names change with each start",
}
"""Paths that are not compared, each with the reason; `*` stands for anything, `/` included."""

_LEFT_OUT = " ".join(f"-path {shlex.quote(path)} -prune -o" for path in CHANGED_BY_ANY_RUN)
_RULES = "for save in {0}-nft-save {0}-legacy-save; do $save 2>/dev/null | grep -v '^#' | sed 's/\\[[0-9:]*\\]//'; done"
COMMANDS = {
    "files": f"find / /run /tmp -xdev {_LEFT_OUT} -printf '%p %y %u:%g %m %l\\n' | sort -u",
    "contents": f"find /etc /usr /opt /var -xdev {_LEFT_OUT} -type f -print0 | sort -z | xargs -0 sha256sum",
    "hosts": "cat /etc/hosts",
    "users": "getent passwd; getent group",
    "units": "systemctl list-unit-files --no-legend --no-pager | awk '{print $1, $2}' | sort",
    "running": "systemctl list-units --state=active,failed,activating --type=service,socket,timer,path --plain "
    "--no-legend --no-pager | awk '$1 !~ /^(user@|user-runtime-dir@|systemd-tmpfiles-clean)/ {print $1, $4}' | sort",
    "packages": "dpkg-query -W -f '${Package} ${Version} ${db:Status-Abbrev}\\n'; rpm -qa | sort",
    "IPv4 rules": _RULES.format("iptables"),
    "IPv6 rules": _RULES.format("ip6tables"),
    "nftables": "nft -s list ruleset",
    "listening": "ss -lntuH | awk '{print $1, $5}' | sort",
    "addresses and routes": "ip -o address | awk '{print $2, $3, $4}'; ip rule; ip route show table all; "
    "ip -6 rule; ip -6 route show table all",
    "kernel's network settings": "sysctl -a 2>/dev/null | grep '^net\\.' | grep -v conntrack_count | sort",
}


def listing(machine: str) -> dict[str, list[str]]:
    """Whatever a join could leave on a machine, line by line: see COMMANDS; files with owners, modes and hashes."""
    return {subject: _lines(machine, command) for subject, command in COMMANDS.items()}


def _lines(machine: str, command: str) -> list[str]:
    done = machines.execute(machine, ["bash", "-c", command], seconds=120)
    return done.stdout.splitlines()


def differences(before: dict[str, list[str]], after: dict[str, list[str]]) -> list[str]:
    """What came (`+`) and went (`-`), by subject."""
    return [
        f"{subject}: {sign} {line}"
        for subject in before
        for sign, lines, others in (("-", before, after), ("+", after, before))
        for line in sorted(set(lines[subject]) - set(others[subject]))
    ]
