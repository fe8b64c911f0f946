"""The processes that the language host starts, and how it ends each kind of them.

They stay in the host's process group, which the engine interrupts as a whole when it closes the host, and kills 5 s
later (SDK, sdk/go/common/resource/plugin/plugin.go and util/cmdutil/child_unix.go). So a program whose run failed gets
two interrupts: from the host, which is told to cancel, and with the group.
"""

import contextlib
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum

PATIENCE_SECONDS = 5.0
"""How long an interrupted program may take before it is killed (the official host's main.go, Run: WaitDelay)."""


class Kind(Enum):
    """What a child is; the value is the signal that ends it, as in the official host (main.go)."""

    PROGRAM = signal.SIGINT
    """Interrupted, and killed after PATIENCE_SECONDS; it shares the host's output."""
    PLUGIN = signal.SIGKILL
    """Killed at once (exec.CommandContext); its output is the caller's to read."""


class Children:
    """The running children."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[subprocess.Popen[bytes], Kind] = {}
        self._told: set[subprocess.Popen[bytes]] = set()

    @contextlib.contextmanager
    def start(
        self, command: Sequence[str], environment: Mapping[str, str], kind: Kind, folder: str | None = None
    ) -> Iterator[subprocess.Popen[bytes]]:
        """Run `command` in `folder`, or in the host's own; leaving the block ends a child that still runs."""
        output = subprocess.PIPE if kind is Kind.PLUGIN else None
        child = subprocess.Popen(
            command, env=environment, cwd=folder or None, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
        with self._lock:
            self._running[child] = kind
        try:
            yield child
        finally:
            self.end(child)
            with self._lock:
                self._running.pop(child, None)
                self._told.discard(child)

    def end(self, child: "subprocess.Popen[bytes]") -> None:
        """Send a child the signal of its kind, once, and kill it if it ignores that."""
        with self._lock:
            kind = None if child in self._told else self._running.get(child)
            self._told.add(child)
        if kind is not None and child.poll() is None:
            child.send_signal(kind.value)
        try:
            child.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()

    def end_soon(self, child: "subprocess.Popen[bytes]") -> None:
        """`end` without waiting, for callers that must not block."""
        threading.Thread(target=self.end, args=(child,), daemon=True).start()

    def end_programs_soon(self) -> None:
        """`end_soon` for all children but plugins."""
        with self._lock:
            programs = [child for child, kind in self._running.items() if kind is Kind.PROGRAM]
        for program in programs:
            self.end_soon(program)

    def end_all(self) -> None:
        """End every child, all at once."""
        with self._lock:
            running = list(self._running)
        threads = [threading.Thread(target=self.end, args=(child,)) for child in running]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def exit_status(code: int) -> int:
    """A child's exit status as Go reports it (syscall.WaitStatus, ExitStatus): -1 if a signal ended it."""
    return max(code, -1)
