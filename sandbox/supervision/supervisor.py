"""Parts of the sandbox and how to raise them: each when what it needs is ready, as many at once as that allows."""

import contextlib
import fcntl
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from graphlib import TopologicalSorter

from sandbox.paths import REPO, STATE
from sandbox.supervision import processes


class NotReadyError(Exception):
    """A part does not serve yet. The message says what is missing."""


class PartError(Exception):
    """A part could not be raised or stopped. The message names the part, the cause, and the log file to read."""


def _nothing() -> None:
    pass


@dataclass(frozen=True)
class Part:
    """One part of the sandbox.

    name: also its log file's, its record's and its control groups'.
    needs: names of the parts that must be ready before.
    prepare: makes what the part needs, and leaves what is right; runs at every `up`. A part without a process is only
        this.
    command: the argument list of its process, or None for a part without one.
    check: raises NotReadyError while the part does not serve. None: no check.
    limit: seconds within which it must serve.
    grace: seconds between SIGTERM and SIGKILL.
    """

    name: str
    needs: tuple[str, ...] = ()
    prepare: Callable[[], None] = _nothing
    command: Callable[[], list[str]] | None = None
    check: Callable[[], None] | None = None
    limit: float = 90
    grace: float = 3


def module_command(module: str) -> list[str]:
    """The command line that runs a module of the sandbox from any folder, on this sandbox's state and settings."""
    own = [f"{name}={value}" for name, value in os.environ.items() if name.startswith("MESHX_SANDBOX_")]
    settings = [f"PYTHONPATH={REPO}", *own, f"MESHX_SANDBOX_STATE={STATE}"]
    return ["env", *settings, sys.executable, "-m", module]


def start(part: Part, given_up: threading.Event | None = None) -> str:
    """Raise one part, whose needs are ready, and wait until it serves.

    given_up: once set, it stops waiting for the part. Returns "started" or "was running", or "done" for a part
    without a process.
    """
    try:
        part.prepare()
    except (OSError, subprocess.SubprocessError, NotReadyError) as error:
        raise PartError(f"{part.name} cannot be prepared: {error}") from error
    command = part.command
    news = "done" if command is None else "was running"
    if command is not None and processes.find(part.name) is None:
        processes.spawn(part.name, command(), {"PATH": os.environ["PATH"], "HOME": "/root"})
        news = "started"
    _wait_until_ready(part, given_up or threading.Event())
    return news


def stop(part: Part) -> None:
    """End a part's process and what it started; does nothing if it does not run."""
    if part.command is None:
        raise PartError(f"{part.name} has no process to stop")
    processes.end(part.name, part.grace)


def why_not_ready(part: Part) -> str:
    """What keeps the part from serving right now, or ""."""
    if part.command is not None and processes.find(part.name) is None:
        return "not running"
    try:
        if part.check is not None:
            part.check()
    except NotReadyError as reason:
        return str(reason)
    return ""


def _wait_until_ready(part: Part, given_up: threading.Event) -> None:
    deadline = time.monotonic() + part.limit
    log = processes.log_file(part.name)
    while reason := why_not_ready(part):
        if part.command is not None and processes.find(part.name) is None:
            raise PartError(f"{part.name} has ended while it was starting; see {log}")
        if time.monotonic() > deadline:
            where = f"; see {log}" if part.command is not None else ""
            raise PartError(f"{part.name} is not ready after {part.limit:.0f} s: {reason}{where}")
        if given_up.wait(0.1):
            raise PartError(f"{part.name} was not waited for: something else has failed")


def start_all(parts: Sequence[Part], report: Callable[[str, str, float], None]) -> None:
    """Raise all `parts`. report(part, news, seconds) is called as each gets ready.

    At the first failure it begins nothing more, stops waiting, and raises that error. What has begun goes on
    running, and the next call continues with it.
    """
    by_name = {part.name: part for part in parts}
    order: TopologicalSorter[str] = TopologicalSorter({part.name: part.needs for part in parts})
    order.prepare()
    failure: BaseException | None = None
    given_up = threading.Event()
    running: dict[Future[str], tuple[str, float]] = {}
    with ThreadPoolExecutor(max_workers=len(parts)) as pool, _set_at_exit(given_up):
        while order.is_active() and (failure is None or running):
            for name in order.get_ready() if failure is None else ():
                running[pool.submit(start, by_name[name], given_up)] = (name, time.monotonic())
            for ended in wait(running, return_when=FIRST_COMPLETED).done:
                name, begun = running.pop(ended)
                if error := ended.exception():
                    failure = failure or error
                    given_up.set()
                    continue
                report(name, ended.result(), time.monotonic() - begun)
                order.done(name)
    if failure:
        raise failure


@contextlib.contextmanager
def _set_at_exit(event: threading.Event) -> Iterator[None]:
    """Set `event` however the block ends: an interrupted `up` must not wait for its threads' time limits."""
    try:
        yield
    finally:
        event.set()


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Hold the sandbox's lock: `up`, `down`, start and stop wait for each other. A killed holder holds nothing."""
    while True:
        STATE.mkdir(parents=True, exist_ok=True, mode=0o755)
        handle = os.open(STATE, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            # `down` removes the folder; a process that waited meanwhile holds the lock of a removed folder.
            if STATE.is_dir() and os.path.samestat(os.fstat(handle), STATE.stat()):
                yield
                return
        finally:
            os.close(handle)
