"""Ends all that the sandbox ever started or mounted on this host, and tells what is still there.

It relies on no record: it asks control groups, the network namespace and the mount table, so that it works
after any half state that a killed run or a reboot left.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from sandbox import machines
from sandbox.kubernetes.node import SHIM_BUNDLES
from sandbox.network import namespace
from sandbox.network.addresses import HOST_LINK, INNER_LINK, MACHINE_NETWORKS, NODE_ADDRESS
from sandbox.paths import REPO, STATE
from sandbox.supervision import cgroups

CNI_RESULTS = Path("/var/lib/cni/results")
CONTAINER_LOGS = Path("/var/log/containers")
NSPAWN = Path("/run/systemd/nspawn")
KUBELET_SOCKET = Path("/var/lib/kubelet/device-plugins/kubelet.sock")
"""The kubelet's socket for device plugins, which is here whatever its root folder is."""
EMPTY_FOLDERS = (
    *(KUBELET_SOCKET.parent, KUBELET_SOCKET.parent.parent),
    *(CNI_RESULTS, CNI_RESULTS.parent, CONTAINER_LOGS),
    *(NSPAWN / "locks", NSPAWN / "propagate", NSPAWN),
    *(Path("/run/containerd/s"), Path("/run/containerd"), Path("/run/netns")),
)
"""Folders that the parts make on the way to their files."""

LINK = REPO / ".sandbox"
"""The link to the running state in the work tree."""

UNMOUNT_SECONDS = 5.0


def processes() -> set[int]:
    """Processes in the sandbox's control groups or in its network namespace."""
    return cgroups.pids() | _in_namespace()


def mounts() -> list[Path]:
    """Mount points below the state folder, inner ones first."""
    return [point for point in reversed(namespace.mount_points()) if point.is_relative_to(STATE.resolve())]


def found() -> list[str]:
    """What the sandbox has on this host, a line each; nothing after a clean `down`."""
    left = [f"process {pid}: {_command_line(pid)}" for pid in sorted(processes())]
    left += [f"mount {point}" for point in mounts()]
    left += [f"control group {group}" for group in cgroups.groups()]
    left += [f"network link {link}" for link in _links() if Path("/sys/class/net", link).exists()]
    left += [f"packet rule {rule}" for rule in _packet_rules()]
    left += [str(path) for path in (namespace.NAMESPACE_FILE, *_files()) if os.path.lexists(path)]
    return left


def end_running() -> None:
    """End the sandbox's processes and remove its mounts, network and control groups: what a reboot would end, too."""
    _kill()
    _unmount()
    namespace.remove()
    cgroups.remove()


def remove() -> None:
    """End all that runs and remove every file, however much there is."""
    # Before and after: a dying process may remove the file that lists its files, and a live one may make more.
    files = _files()
    _kill()
    files += _files()
    end_running()
    for path in files:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    KUBELET_SOCKET.unlink(missing_ok=True)
    for folder in EMPTY_FOLDERS:
        # Only if nothing else has put anything there.
        with contextlib.suppress(OSError):
            folder.rmdir()


def forget_running() -> None:
    """After a reboot: remove records of processes and containers that ended with the earlier boot."""
    _unmount()
    shutil.rmtree(STATE / "run", ignore_errors=True)


def _kill() -> None:
    cgroups.kill()
    # A process that was killed between its start and its control group.
    for pid in _in_namespace():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _unmount() -> None:
    deadline = time.monotonic() + UNMOUNT_SECONDS
    while points := mounts():
        # A mount stays busy for a moment after its last process has ended.
        outcome = subprocess.run(["umount", *map(str, points)], capture_output=True, text=True, check=False)
        if outcome.returncode and time.monotonic() > deadline:
            return
        time.sleep(0.05)


def _in_namespace() -> set[int]:
    if not namespace.exists():
        return set()
    wanted = namespace.NAMESPACE_FILE.stat().st_ino
    inside: set[int] = set()
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (process / "ns" / "net").stat().st_ino == wanted:
                inside.add(int(process.name))
    return inside


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return "(ended)"


def _links() -> list[str]:
    return [HOST_LINK, INNER_LINK, *(net.bridge for net in MACHINE_NETWORKS)]


def _packet_rules() -> list[str]:
    """Rules of the host itself that name something of the sandbox's; the sandbox's own are in its namespace."""
    rules: list[str] = []
    for program in ("iptables-save", "ip6tables-save"):
        saved = subprocess.run([program], capture_output=True, text=True, check=False).stdout.splitlines()
        rules += [line for line in saved if HOST_LINK in line or str(NODE_ADDRESS) in line]
    return rules


def _files() -> list[Path]:
    """Files outside the state folder, in places that others have fixed, and the state folder itself, last."""
    sockets = [Path(file.read_text().removeprefix("unix://")) for file in SHIM_BUNDLES.glob("*/address")]
    # Only pods name the loopback plugin's results; the path of the pod's network in them tells whose they are.
    results = [file for file in CNI_RESULTS.glob("*") if str(STATE) in file.read_text(errors="replace")]
    logs = [link for link in CONTAINER_LOGS.glob("*") if _leads_to_state(link)]
    roots = [machine.root.stat() for machine in machines.everyone() if machine.root.is_mount()]
    locks = [NSPAWN / "locks" / f"inode-{root.st_dev}:{root.st_ino}" for root in roots]
    return [*sockets, *results, *logs, *NSPAWN.glob("*/meshx-*"), *locks, LINK, STATE]


def _leads_to_state(link: Path) -> bool:
    return link.is_symlink() and link.readlink().is_relative_to(STATE)
