"""The sandbox's own branch of the control groups: `meshx/<part>`, in every hierarchy that the host has mounted.

Whatever a part starts stays in the part's group, however often it forks and whoever adopts it: so the groups show
for certain which processes are the sandbox's. Pods are below `meshx/kubepods`, where the kubelet puts them.
"""

import contextlib
import os
import signal
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

NAME = "meshx"
"""The name of the branch, directly below each hierarchy's root."""

END_SECONDS = 10.0
"""How long killed processes may take to disappear."""


class StillThereError(Exception):
    """Processes outlived SIGKILL. The message names them."""


def hierarchies() -> list[Path]:
    """Mount points of the control groups: one on a v2 host, one a controller (and perhaps v2's beside them) on v1."""
    found: dict[str, Path] = {}
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        mounted, _, source = line.partition(" - ")
        fields = mounted.split()
        if source.split()[0] in ("cgroup", "cgroup2") and fields[3] == "/":
            # The same hierarchy mounted twice counts once: by its device number.
            found.setdefault(fields[2], Path(fields[4]))
    return list(found.values())


def prepare(part: str) -> list[Path]:
    """Make the group of `part` in each hierarchy and return the folders, ready to take processes in."""
    folders: list[Path] = []
    for root in hierarchies():
        folder = root
        for name in ["", NAME, part]:
            if name:
                folder = folder / name
                folder.mkdir(exist_ok=True)
            if folder.name != part:
                _pass_controllers_on(folder)
            _copy_cpuset(folder)
        folders.append(folder)
    return folders


def _pass_controllers_on(folder: Path) -> None:
    """v2: a child group has only the controllers that its parent passes on."""
    control = folder / "cgroup.subtree_control"
    if control.exists():
        for controller in (folder / "cgroup.controllers").read_text().split():
            with contextlib.suppress(OSError):  # a controller may be in use by a v1 hierarchy or by the host's policy
                control.write_text(f"+{controller}")


def _copy_cpuset(folder: Path) -> None:
    """v1: a new group of `cpuset` has no processor and no memory, and takes in no process until it gets some."""
    for setting in ("cpuset.cpus", "cpuset.mems"):
        file = folder / setting
        if file.exists() and not (folder / "cgroup.subtree_control").exists() and not file.read_text().strip():
            file.write_text((folder.parent / setting).read_text())


def groups(part: str = "", roots: Sequence[Path] | None = None) -> Iterator[Path]:
    """All existing group folders of `part`, or of the whole sandbox, inner ones first.

    roots: the hierarchies to look in; all of them by default.
    """
    for root in hierarchies() if roots is None else roots:
        # os.walk tolerates that groups go while it looks.
        yield from (Path(folder) for folder, _, _ in os.walk(root / NAME / part, topdown=False))


def pids(part: str = "") -> set[int]:
    """The processes in the groups of `part`, or in all of the sandbox's groups.

    Beside v1 hierarchies v2's does not tell parts apart: containerd moves the shims that it starts out of its own group
    in v1's alone.
    """
    roots = hierarchies()
    if part and not all(_is_v2(root) for root in roots):
        roots = [root for root in roots if not _is_v2(root)]
    found: set[int] = set()
    for group in groups(part, roots):
        # A group may go at any moment; reading one that has gone gives ENODEV or ENOENT.
        with contextlib.suppress(OSError):
            found.update(int(pid) for pid in (group / "cgroup.procs").read_text().split())
    # 0 stands for a process outside this pid namespace.
    return found - {0}


def _is_v2(root: Path) -> bool:
    return (root / "cgroup.controllers").exists()


def kill(part: str = "") -> None:
    """Kill every process of `part`, or of the whole sandbox, and wait until they are gone."""
    deadline = time.monotonic() + END_SECONDS
    while found := {pid for pid in pids(part) if not _is_zombie(pid)}:
        if time.monotonic() > deadline:
            raise StillThereError(f"processes {sorted(found)} of {part or 'the sandbox'} outlive SIGKILL")
        for pid in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)


def _is_zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True


def remove_empty(part: str) -> None:
    """Remove the empty groups of `part`. Others stay: containerd's shims live on in its group of v2."""
    for group in groups(part):
        with contextlib.suppress(OSError):
            group.rmdir()


def remove() -> None:
    """Remove all of the sandbox's groups, which must be empty."""
    deadline = time.monotonic() + END_SECONDS
    while left := list(groups()):
        for group in left:
            with contextlib.suppress(OSError):  # EBUSY for a moment after the last process has gone
                group.rmdir()
        if time.monotonic() > deadline:
            raise StillThereError(f"control groups that cannot be removed: {', '.join(map(str, left))}")
        time.sleep(0.01)


def memory_bytes(part: str = "") -> int | None:
    """Memory in use by `part`, or by the whole sandbox, without what the kernel can drop; None if it is not counted."""
    for root in hierarchies():
        statistics = root / NAME / part / "memory.stat"
        if statistics.exists():
            values = dict(line.split() for line in statistics.read_text().splitlines())
            return int(values["total_rss"]) if "total_rss" in values else int(values["anon"])
    return None
