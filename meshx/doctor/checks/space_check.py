"""The machine's disks, and what the sidecar's logs take of them."""

from __future__ import annotations

from collections.abc import Iterator

from meshx.doctor.checks.remedies import REPAIR
from meshx.doctor.finding import Finding, fault, fine
from meshx.doctor.machine_view import MachineView

_LEAST_MIB = 100
MOST_LOGS_MIB = 700
"""Two logs, of each 50 MiB and five kept ones (meshx/scripts/upkeep/rotate_logs.sh), if nothing could be compressed."""


def check_space(view: MachineView) -> Iterator[Finding]:
    """Renewed certificates and tokens, logs and the next join need room."""
    free = {mount: kib // 1024 for mount, kib in view.symptoms.free.items()}
    logs = view.symptoms.logs // 1024
    full = {mount: mib for mount, mib in free.items() if mib < _LEAST_MIB}
    if full:
        yield fault(
            "space",
            f"{_listed(full)}; the sidecar's logs take {logs} MiB",
            "the disk is full, or soon: then no certificate, token or packet rule can be renewed, and no join succeeds",
            f"make room until {_LEAST_MIB} MiB are free: `du -xh --max-depth=3 <where> | sort -h` on the machine",
        )
    else:
        yield fine("space", f"{_listed(free)}; the sidecar's logs take {logs} MiB")
    if logs > MOST_LOGS_MIB:
        yield fault(
            "sidecar's logs",
            f"/var/log/istio takes {logs} MiB",
            "nothing compresses and empties the logs, or others keep files there",
            f"{REPAIR}; `systemctl status meshx-logs.timer meshx-logs` on the machine",
        )


def _listed(free: dict[str, int]) -> str:
    return ", ".join(f"{mib} MiB free on {mount}" for mount, mib in free.items())
