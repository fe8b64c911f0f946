"""A machine of the sandbox whose package manager is rpm, for a while: Debian's rpm, with dpkg out of the way.

It is no Red Hat system: no registry that the sandbox uses has one. rpm's database, its packages, its scripts and locks
are the real ones; SELinux, dnf and Red Hat's own versions of the other programs are not tried by it.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from sandbox import machines
from tests.e2e.families.rpm_packages import RpmPackages
from tests.e2e.stack.machine_listing import differences, listing

AWAY = "/root/away"
DPKG, KEPT = "/var/lib/dpkg", "/root/dpkg-before"
DATABASE = "/var/lib/rpm"
# Debian's rpm has its database in the home of whoever calls it.
SETTINGS = f"mkdir -p /etc/rpm && echo '%_dbpath {DATABASE}' >/etc/rpm/macros.system"


@contextmanager
def rpm_system(machine: str, packages: RpmPackages) -> Iterator[None]:
    """Have the machine a system that rpm has installed; in the end it is what it was."""
    before = listing(machine)
    names = " ".join(package.name.partition("_")[0] for package in packages.debian)
    inside = machines.machine(machine).root / "root/packages"
    inside.mkdir()
    for package in (*packages.debian, packages.system):
        shutil.copy(package, inside)
    try:
        on(machine, f"cp -a {DPKG} {KEPT}; dpkg -i /root/packages/*.deb")
        on(machine, f"{SETTINGS}; rpm --initdb; rpm -i /root/packages/{packages.system.name}; rm -r /root/packages")
        on(machine, f"mkdir {AWAY}; mv /usr/bin/dpkg* {AWAY}/")
        yield
    finally:
        on(machine, f"[ ! -d {AWAY} ] || {{ mv {AWAY}/* /usr/bin/; rmdir {AWAY}; }}")
        on(machine, f"dpkg --purge {names}; rm -rf {DATABASE} /etc/rpm /root/packages")
        # Purging rewrites its lists of other packages as well.
        on(machine, f"[ ! -d {KEPT} ] || {{ rm -rf {DPKG}; mv {KEPT} {DPKG}; }}")
    assert not differences(before, listing(machine)), "the machine is not what it was before it had rpm"


def on(machine: str, command: str) -> str:
    """What a command prints on a machine; it has to succeed."""
    done = machines.execute(machine, ["bash", "-c", command], seconds=120)
    assert done.returncode == 0, done.stderr
    return done.stdout
