"""What the sandbox needs of its host: Debian, root, and packages that `make up` installs."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sandbox.builds.commands import run
from sandbox.builds.recipe import BuildError

PACKAGES = {
    "conntrack": "conntrack",
    "containerd": "containerd",
    "containernetworking-plugins": "/usr/lib/cni/ptp",
    "debian-archive-keyring": "/usr/share/keyrings/debian-archive-keyring.gpg",
    "iproute2": "ip",
    "iptables": "iptables",
    "mmdebstrap": "mmdebstrap",
    "openssh-client": "ssh",
    "openssl": "openssl",
    "runc": "runc",
    "systemd-container": "systemd-nspawn",
}
"""Package to the program or file of it that the sandbox uses. Only that must exist: Docker's packages have it, too."""

SERVICES = {"containerd": "containerd.service"}
"""Package to the service that it would start at every boot; the sandbox starts its own processes."""

OWN_CLUSTER = 'To use a real cluster instead, see "A cluster of your own" in README.md.'
POLICY = Path("/usr/sbin/policy-rc.d")
NO_STARTS = "#!/bin/sh\n# meshx-sandbox: no service starts while its packages are installed\nexit 101\n"


def what_is_missing() -> str:
    """One sentence about what this host lacks and what to do instead, or nothing."""
    if reason := _why_unfit():
        return reason
    missing = _missing_packages()
    return f"The sandbox needs these packages: apt-get install {' '.join(missing)}. {OWN_CLUSTER}" if missing else ""


def install_packages(progress: Callable[[str], None] = print) -> None:
    """Install the missing ones of PACKAGES. Raises BuildError if the sandbox cannot run on this host."""
    if reason := _why_unfit():
        raise BuildError(reason)
    missing = _missing_packages()
    if not missing:
        return
    if not (shutil.which("apt-get") and shutil.which("dpkg")):
        raise BuildError(f"The sandbox needs Debian's packages, and this system has no apt-get. {OWN_CLUSTER}")
    progress(f"installing Debian packages: {' '.join(missing)}")
    environment = {"DEBIAN_FRONTEND": "noninteractive"}
    # Better an error than removing a package of the host's that is in conflict.
    install = ["apt-get", "install", "--yes", "--quiet", "--no-remove", "--no-install-recommends", *missing]
    with _no_service_starts():
        run(["apt-get", "update", "--quiet"], "update the lists of Debian packages", environment=environment)
        run(install, "install the sandbox's Debian packages", environment=environment)
    for package, service in SERVICES.items():
        if package in missing and shutil.which("systemctl"):
            run(["systemctl", "disable", "--quiet", service], f"keep {service} from starting at boot")


def _why_unfit() -> str:
    if sys.platform != "linux":
        return f"The sandbox needs Linux, and this is {sys.platform}. {OWN_CLUSTER}"
    if os.geteuid() != 0:
        return f"The sandbox needs root, for network namespaces, mounts and machines. {OWN_CLUSTER}"
    return ""


def _missing_packages() -> list[str]:
    # Not every root shell has the system folders on PATH.
    path = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"
    return [
        package for package, used in PACKAGES.items() if not Path(used).exists() and not shutil.which(used, path=path)
    ]


@contextmanager
def _no_service_starts() -> Iterator[None]:
    """Keep packages from starting their services meanwhile; invoke-rc.d(8) reads this file. An existing one stays."""
    # A file with this content was left by a killed run of this function.
    if POLICY.exists() and POLICY.read_text() != NO_STARTS:
        yield
        return
    POLICY.write_text(NO_STARTS)
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink(missing_ok=True)
