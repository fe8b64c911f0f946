"""`python -m sandbox` as a user runs it."""

import subprocess
import sys

from sandbox.parts import PARTS
from sandbox.paths import REPO
from sandbox.supervision import processes

SECONDS = 180


def begin(*words: str) -> subprocess.Popen[str]:
    """Start a command and return at once."""
    command = [sys.executable, "-m", "sandbox", *words]
    return subprocess.Popen(command, cwd=REPO, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def run(*words: str) -> str:
    """Run a command to its end, which must be a good one, and return all that it said."""
    process = begin(*words)
    said, _ = process.communicate(timeout=SECONDS)
    assert process.returncode == 0, said
    return said


def running() -> dict[str, processes.Process | None]:
    """The process of each part that has one, by the part's name."""
    return {part.name: processes.find(part.name) for part in PARTS if part.command}
