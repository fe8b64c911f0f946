"""A process with all that it started, ended at one moment as by the power switch."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path


def kill(root: int) -> int:
    """SIGKILL a process and all its descendants; how many there were. `root` is a child of the caller's.

    They are stopped first, parents before children, until no new one is found: otherwise one could start another
    meanwhile, or lose its parent and with it the trace to `root`.
    """
    stopped: set[int] = set()
    while found := _descendants(root) - stopped:
        for pid in found:
            _signal(pid, signal.SIGSTOP)
        stopped |= found
    for pid in stopped:
        _signal(pid, signal.SIGKILL)
    return len(stopped)


def _descendants(root: int) -> set[int]:
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            # A process may end while it is looked at.
            with suppress(OSError):
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
                children.setdefault(int(fields[1]), []).append(int(folder.name))
    found, left = set[int](), [root]
    while left:
        pid = left.pop()
        found.add(pid)
        left += children.get(pid, [])
    return found


def _signal(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)
