"""What this host must be and have for the sandbox to run on it: Debian, root, and packages that `make up` installs."""

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
"""Package to the program or file of it that the sandbox uses. That one decides: Docker's packages have them as well."""

SERVICES = {"containerd": "containerd.service"}
"""Package to the service that it would have started at every boot; the sandbox starts its own processes."""

OWN_CLUSTER = 'To use a real cluster instead, see "A cluster of your own" in README.md.'
POLICY = Path("/usr/sbin/policy-rc.d")
NO_STARTS = "#!/bin/sh\n# meshx-sandbox: no service starts while its packages are installed\nexit 101\n"


def what_is_missing() -> str:
    """One sentence that says what this host lacks and what to do instead, or nothing."""
    if reason := _why_unfit():
        return reason
    missing = _missing_packages()
    return f"The sandbox needs these packages: apt-get install {' '.join(missing)}. {OWN_CLUSTER}" if missing else ""


def install_packages(progress: Callable[[str], None] = print) -> None:
    """Install those of PACKAGES that are missing. Raises BuildError where this host cannot carry the sandbox."""
    if reason := _why_unfit():
        raise BuildError(reason)
    missing = _missing_packages()
    if not missing:
        return
    if not (shutil.which("apt-get") and shutil.which("dpkg")):
        raise BuildError(f"The sandbox needs Debian's packages, and this system has no apt-get. {OWN_CLUSTER}")
    progress(f"installing Debian packages: {' '.join(missing)}")
    environment = {"DEBIAN_FRONTEND": "noninteractive"}
    # Rather an error than to take away what a package of the host's is in conflict with.
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
    # Not every root shell has the system's own folders on PATH.
    path = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"
    return [
        package for package, used in PACKAGES.items() if not Path(used).exists() and not shutil.which(used, path=path)
    ]


@contextmanager
def _no_service_starts() -> Iterator[None]:
    """Let no package start its service meanwhile; invoke-rc.d(8) asks this file. One that is there already stays."""
    # One with this content is what a killed run of this left.
    if POLICY.exists() and POLICY.read_text() != NO_STARTS:
        yield
        return
    POLICY.write_text(NO_STARTS)
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink(missing_ok=True)
