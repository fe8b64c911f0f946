"""What this host must have for the sandbox to run on it."""

import os
import shutil
import sys
from pathlib import Path

PROGRAMS = {
    "ip": "iproute2",
    "nsenter": "util-linux",
    "iptables": "iptables",
    "conntrack": "conntrack",
    "containerd": "containerd",
    "runc": "runc",
    "systemd-nspawn": "systemd-container",
    "ssh": "openssh-client",
    "/usr/lib/cni/ptp": "containernetworking-plugins",
}
"""Programs that the parts call, and the Debian package of each."""

OWN_CLUSTER = 'To use a real cluster instead, see "A cluster of your own" in README.md.'


def what_is_missing() -> str:
    """One sentence that says what this host lacks and what to do instead, or nothing."""
    if sys.platform != "linux":
        return f"The sandbox needs Linux, and this is {sys.platform}. {OWN_CLUSTER}"
    if os.geteuid() != 0:
        return f"The sandbox needs root, for network namespaces, mounts and machines. {OWN_CLUSTER}"
    packages = [package for program, package in PROGRAMS.items() if not _is_there(program)]
    if packages:
        return f"The sandbox needs these packages: apt-get install {' '.join(packages)}. {OWN_CLUSTER}"
    return ""


def _is_there(program: str) -> bool:
    return Path(program).exists() if program.startswith("/") else shutil.which(program) is not None
