"""Builds everything, in an order that keeps both the processors and the network busy, and reports progress."""

import contextlib
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.builds import go_tools
from sandbox.builds.catalogue import RECIPES, is_cached, obtain
from sandbox.builds.estimate import in_words, seconds_left
from sandbox.builds.recipe import BuildError

PROGRESS_SECONDS = 15
"""The longest silence during a build."""


@dataclass(frozen=True)
class Built:
    """One artifact after `build_all`: its folder, its seconds, and whether this call built it."""

    name: str
    folder: Path
    seconds: float
    built: bool


@dataclass
class _Run:
    """What one `build_all` is doing.

    expected: the seconds of each Go tool that it must build. ended: for each artifact of its lanes, set once it is
    there or will never be. started: when the present steps began. taken: the seconds of the built Go tools.
    """

    progress: Callable[[str], None]
    expected: dict[str, float]
    ended: dict[str, threading.Event]
    started: dict[str, float] = field(default_factory=dict)
    taken: dict[str, float] = field(default_factory=dict)
    failed: threading.Event = field(default_factory=threading.Event)

    def fail(self) -> None:
        """Begin nothing new, and let nobody wait for what will not come."""
        self.failed.set()
        for ended in self.ended.values():
            ended.set()


def build_all(progress: Callable[[str], None] = print) -> list[Built]:
    """Build every artifact that is not in the cache, but for what single tests build and what is made of that;
    `progress` gets a line for each, and one every 15 s meanwhile.

    Raises the first BuildError once the builds beside it have ended: the cache keeps theirs for the next try.
    """
    # First of all: a missing Go is the likeliest reason to fail.
    go_tools.go_toolchain()
    tools = [tool.name for tool in go_tools.GO_TOOLS]
    later = {tool.name for tool in go_tools.TESTS_TOOLS}
    others = [name for name in RECIPES if name not in tools and not later & _parts(name)]
    expected = {tool.name: float(tool.seconds) for tool in go_tools.GO_TOOLS if not is_cached(tool.name)}
    run = _Run(progress, expected, {name: threading.Event() for name in (*tools, *others)})
    # A Go build uses all processors except in its link step: one at a time, beside work that mostly waits for the
    # network and the disk.
    with ThreadPoolExecutor(max_workers=3) as pool:
        lanes = [pool.submit(_build_each, names, run) for names in (tools, others)]
        pool.submit(_download_sources, run)
        while wait(lanes, timeout=PROGRESS_SECONDS).not_done:
            if line := _under_way(run, time.monotonic()):
                progress(line)
    return [built for lane in lanes for built in lane.result()]


def _parts(name: str) -> set[str]:
    """An artifact and all that goes into it, however far down."""
    return {name}.union(*(_parts(need) for need in RECIPES[name].needs))


def _under_way(run: _Run, now: float) -> str:
    elapsed = {name: now - at for name, at in list(run.started.items())}
    if not elapsed:
        return ""
    line = "  building " + ", ".join(f"{name} ({seconds:.0f} s)" for name, seconds in elapsed.items())
    tools = {name: seconds for name, seconds in elapsed.items() if name in run.expected}
    if tools:
        line += "; " + in_words(seconds_left(run.expected, dict(run.taken), tools))
    return line


def _build_each(names: Sequence[str], run: _Run) -> list[Built]:
    results: list[Built] = []
    for name in names:
        # The other lane builds some of what this needs: here it would be compiled a second time.
        for need in RECIPES[name].needs:
            if need in run.ended and need not in names and not is_cached(need):
                run.ended[need].wait()
        if run.failed.is_set():
            break
        run.started[name] = start = time.monotonic()
        try:
            folder, built = obtain(name)
        except BaseException:
            run.fail()
            run.progress(f"  {name} failed; waiting for the builds beside it to end")
            raise
        finally:
            del run.started[name]
        seconds = time.monotonic() - start
        if built:
            run.progress(f"  {name} built in {seconds:.0f} s")
        if name in run.expected:
            run.taken[name] = seconds
        run.ended[name].set()
        results.append(Built(name, folder, seconds, built))
    return results


def _download_sources(run: _Run) -> None:
    # One module's sources arrive while another's compile; a build that comes first downloads for itself.
    for tool in go_tools.GO_TOOLS:
        if not run.failed.is_set() and not is_cached(tool.name):
            # The build needs the same sources, and reports what is wrong.
            with contextlib.suppress(BuildError):
                go_tools.download_sources(tool)
