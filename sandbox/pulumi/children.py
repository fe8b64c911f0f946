"""The processes that the language host starts, and ending them all when it leaves."""

import contextlib
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence

# Less than the engine gives the host itself before it kills the whole process group (5 s).
GRACE_SECONDS = 3.0


class Children:
    """The running children; they stay in the host's process group, which the engine ends as a whole."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[subprocess.Popen[bytes], signal.Signals] = {}
        self._told: set[subprocess.Popen[bytes]] = set()

    @contextlib.contextmanager
    def start(
        self, command: Sequence[str], environment: Mapping[str, str], folder: str | None, stream: bool
    ) -> Iterator[subprocess.Popen[bytes]]:
        """Run `command` in `folder`; `stream` gives its output to the caller, else it shares the host's own.

        Leaving the block ends a child that still runs: one that streams (a plugin) is asked to leave by SIGINT, as the
        engine asks plugins. One that does not (a program) is killed, as by the official host (exec.CommandContext): it
        has nothing to clean up, and an interrupt would make it show where it was.
        """
        output = subprocess.PIPE if stream else None
        child = subprocess.Popen(
            command, env=environment, cwd=folder or None, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
        with self._lock:
            self._running[child] = signal.SIGINT if stream else signal.SIGKILL
        try:
            yield child
        finally:
            self.end(child)
            with self._lock:
                self._running.pop(child, None)
                self._told.discard(child)

    def end(self, child: "subprocess.Popen[bytes]") -> None:
        """Send a child its signal, and kill it after the grace."""
        with self._lock:
            # A second SIGINT would break off what the child does upon the first.
            wanted = None if child in self._told else self._running.get(child)
            self._told.add(child)
        if wanted is not None and child.poll() is None:
            child.send_signal(wanted)
        try:
            child.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()

    def end_soon(self, child: "subprocess.Popen[bytes]") -> None:
        """`end` without waiting for it, for callers that must not be held up."""
        threading.Thread(target=self.end, args=(child,), daemon=True).start()

    def end_all(self) -> None:
        """End every child, all at once."""
        with self._lock:
            running = list(self._running)
        threads = [threading.Thread(target=self.end, args=(child,)) for child in running]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
