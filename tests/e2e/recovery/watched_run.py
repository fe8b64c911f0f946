"""A run of `pulumi`, watched by what it says, and killed at a chosen moment with all its processes."""

from __future__ import annotations

import re
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress

from tests.e2e.recovery import process_tree
from tests.e2e.stack.mesh_project import MeshProject

PHASE_SECONDS = 240.0
END_SECONDS = 300.0
START = "start"
"""The phase before the engine acts on anything."""


class WatchedRun:
    """A running `pulumi`, and when its phases began and ended.

    phases: for each phase by name the resource that is acted on, as the engine writes it (`<type's last part> <name>`).
    text: what was said so far. began, ended: seconds from the start, by phase.
    """

    def __init__(self, project: MeshProject, words: Sequence[str], phases: Mapping[str, str]) -> None:
        self._phases = {
            phase: re.compile(
                rf"{re.escape(resource)} (?:(creating|updating|deleting) \(0s\)|(created|updated|deleted) )"
            )
            for phase, resource in phases.items()
        }
        self._acts = re.compile(r"^ [+~-].* (creating|updating|deleting) \(0s\)")
        self._begun = time.monotonic()
        self.text = ""
        self.began: dict[str, float] = {START: 0.0}
        self.ended: dict[str, float] = {}
        self._news = threading.Condition()
        self._silent = False
        self._process = subprocess.Popen(
            ["pulumi", *words, "--non-interactive", "--color=never", "--cwd", str(project.folder)],
            env=project.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            now = time.monotonic() - self._begun
            with self._news:
                self.text += line
                self._take(line, now)
                self._news.notify_all()
        with self._news:
            self._silent = True
            self._news.notify_all()

    def _take(self, line: str, now: float) -> None:
        if self._acts.search(line):
            self.ended.setdefault(START, now)
        for phase, pattern in self._phases.items():
            if found := pattern.search(line):
                (self.began if found[1] else self.ended).setdefault(phase, now)

    def lengths(self) -> dict[str, float]:
        """How long each phase took that began and ended, in seconds."""
        return {phase: end - self.began[phase] for phase, end in self.ended.items() if phase in self.began}

    def wait_for(self, phase: str) -> bool:
        """Wait until a phase begins; False if the run ends first."""
        with self._news:
            self._news.wait_for(lambda: phase in self.began or self._silent, PHASE_SECONDS)
            return phase in self.began

    def kept_on_for(self, seconds: float) -> None:
        """Let it go on for some seconds, or to its end."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)

    def errors(self) -> str:
        """The lines that tell of errors."""
        return "\n".join(line.strip() for line in self.text.splitlines() if "error:" in line)

    def end(self) -> int:
        """Let it run to its end; its exit code."""
        code = self._process.wait(END_SECONDS)
        self._reader.join()
        return code

    def kill_after(self, seconds: float) -> bool:
        """Kill it after some seconds; False if it ends by itself before."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            process_tree.kill(self._process.pid)
            self._process.wait()
        self._reader.join()
        return self._process.returncode < 0
