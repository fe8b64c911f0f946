"""Watches the command lines of all processes, those of machines and pods included, for as long as a block lasts."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

PAUSE_SECONDS = 0.005


@dataclass
class SeenCommands:
    """The different command lines so far, and how often all processes were looked at."""

    lines: set[bytes] = field(default_factory=set)
    looks: int = 0

    def text(self) -> bytes:
        """All command lines."""
        return b"\n".join(sorted(self.lines))


@contextmanager
def commands_watched() -> Iterator[SeenCommands]:
    """Look at every process again and again; the sandbox's machines and pods are processes of this computer."""
    seen, over = SeenCommands(), threading.Event()

    def look() -> None:
        while not over.is_set():
            begun = time.monotonic()
            for process in Path("/proc").iterdir():
                if process.name.isdecimal():
                    try:
                        seen.lines.add((process / "cmdline").read_bytes())
                    except OSError:
                        continue
            seen.looks += 1
            # Half of a processor at most: what is watched needs the rest.
            time.sleep(max(PAUSE_SECONDS, time.monotonic() - begun))

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield seen
    finally:
        over.set()
        watcher.join(10)
