"""The Debian packages that the sandbox needs on the host: installed where missing, with none of their services on."""

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
    "containernetworking-plugins": "/usr/lib/cni/bridge",
    "debian-archive-keyring": "/usr/share/keyrings/debian-archive-keyring.gpg",
    "iproute2": "ip",
    "iptables": "iptables",
    "mmdebstrap": "mmdebstrap",
    "openssh-client": "ssh",
    "runc": "runc",
    "systemd-container": "systemd-nspawn",
}
"""Package to the program or file of it that the sandbox uses. That one decides: Docker's packages have them as well."""

SERVICES = {"containerd": "containerd.service"}
"""Package to the service that it would have started at every boot; the sandbox starts its own processes."""

INSTEAD = "use a real cluster instead, as README.md describes"
POLICY = Path("/usr/sbin/policy-rc.d")
NO_STARTS = "#!/bin/sh\n# meshx-sandbox: no service starts while its packages are installed\nexit 101\n"


def install_host_packages(progress: Callable[[str], None] = print) -> None:
    """Install those of PACKAGES that are missing. Raises BuildError where this host cannot carry the sandbox."""
    _require_debian_as_root()
    missing = [package for package, used in PACKAGES.items() if not _is_there(used)]
    if not missing:
        return
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


def _require_debian_as_root() -> None:
    if sys.platform != "linux":
        raise BuildError(f"the sandbox needs Linux and this is {sys.platform}: {INSTEAD}")
    if not (shutil.which("apt-get") and shutil.which("dpkg")):
        raise BuildError(f"the sandbox needs Debian's packages and this system has no apt-get: {INSTEAD}")
    if os.geteuid() != 0:
        raise BuildError(f"the sandbox makes network namespaces, which only root may: run it as root, or {INSTEAD}")


def _is_there(used: str) -> bool:
    # Not every root shell has the system's own folders on PATH.
    return Path(used).exists() or shutil.which(used, path=f"{os.environ['PATH']}:/usr/sbin:/sbin") is not None


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
