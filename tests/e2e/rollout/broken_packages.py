"""Packages of a higher version that install and then fail, made of the sandbox's own."""

from __future__ import annotations

import re
import shutil
import subprocess
from enum import Enum
from pathlib import Path

from sandbox.builds import artifact

START = "usr/local/bin/istio-start.sh"


class Fault(Enum):
    """What a package does wrong, as the version's suffix."""

    CANNOT_START = "+cannotstart"
    NEVER_READY = "+neverready"
    FAILS_CALLS = "+failscalls"
    FAILS_CALLS_LATER = "+failscallslater"
    """Once there is a file LATER."""


BROKEN_START = {
    Fault.CANNOT_START: "#!/bin/bash\nexit 1\n",
    Fault.NEVER_READY: "#!/bin/bash\nexec sleep infinity\n",
}
LATER = "/run/sidecar-fails"


def refuses_incoming(once: str) -> str:
    """What has the start script refuse calls to the machine, once a command of the shell succeeds.

    Ready all the same: the probe asks the application, past the proxy. The chain comes a moment after this, and its
    table may be locked by others.
    """
    return f"""
if [[ ${{1-}} != clean && ${{1-}} != init ]]; then
  (for _ in {{1..600}}; do
    ! {once} || ! iptables -w 5 -t nat -I ISTIO_IN_REDIRECT -p tcp -j REDIRECT --to-ports 9 2>/dev/null || break
    sleep 0.2
  done) &
fi
"""


def broken_package(fault: Fault, folder: Path, sound: Path | None = None) -> Path:
    """The package with that fault, in `folder`. sound: what it is made of, unless that is the sandbox's own."""
    sound = sound or artifact("sidecar-package") / "istio-sidecar.deb"
    tree, package = folder / f"tree{fault.value}", folder / f"istio-sidecar{fault.value}.deb"
    subprocess.run(["dpkg-deb", "-R", sound, tree], check=True)
    control, start = tree / "DEBIAN/control", tree / START
    control.write_text(re.sub(r"(?m)^Version: (.*)$", rf"Version: \1{fault.value}", control.read_text()))
    if fault in BROKEN_START:
        start.write_text(BROKEN_START[fault])
    else:
        first, _, rest = start.read_text().partition("\n")
        once = "true" if fault is Fault.FAILS_CALLS else f"[[ -e {LATER} ]]"
        start.write_text(f"{first}{refuses_incoming(once)}{rest}")
    start.chmod(0o755)
    subprocess.run(["dpkg-deb", "--root-owner-group", "-Zzstd", "-z1", "--build", tree, package], check=True)
    shutil.rmtree(tree)
    return package
