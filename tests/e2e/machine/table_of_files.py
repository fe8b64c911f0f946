"""What has come to a machine, beside the tables of docs/machine-files.md."""

from __future__ import annotations

from fnmatch import fnmatch

from tests.e2e.stack.machine_listing import differences, listing
from tests.unit.docs.machine_files_table import owners_and_modes

OF_THE_PACKAGE = (
    *("/usr/local/bin*", "*/systemd/system/istio*.service", "/var/lib/istio*", "/etc/istio", "/run/secrets*"),
    *("/etc/certs/*.pem", "/usr/share/doc/istio-sidecar*", "/var/lib/dpkg/info/istio-sidecar.*", "/run/sudo*"),
)
FOLDERS_AND_LINKS = ("/etc/systemd/system/*.d", "/etc/systemd/system/*.target.wants*", "/etc/systemd/system-preset")
KEPT = ("/var/lib/meshx/before/*",)
"""As it was found, with owners and modes of its own."""


def beside_the_table(before: dict[str, list[str]], machine: str) -> list[str]:
    """The files that are new on a machine and have no row, or another owner or mode than their row says."""
    rows, found = owners_and_modes(), []
    for line in differences(before, listing(machine)):
        subject, _, rest = line.partition(": + ")
        if subject != "files":
            continue
        path, kind, owner, mode, *_ = rest.split(" ")
        if path in rows and kind != "l":
            if rows[path] != (owner, f"0{mode}") and not fnmatch(path, "/etc/certs/*.pem"):
                found.append(f"{path} is {owner} 0{mode}, not {' '.join(rows[path])}")
        elif not any(fnmatch(path, pattern) for pattern in (*OF_THE_PACKAGE, *FOLDERS_AND_LINKS, *KEPT)):
            found.append(f"{path} is in no table")
    return found
