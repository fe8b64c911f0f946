"""What the doctor says of a stack."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass

from tests.e2e.stack.mesh_project import MeshProject


@dataclass(frozen=True)
class Diagnosis:
    """What the doctor said: its exit code, all its words, and the two lines that count."""

    code: int
    text: str

    def line(self, beginning: str) -> str:
        """The first line that begins so, without the beginning; empty if there is none."""
        lines = [line for line in self.text.splitlines() if line.startswith(beginning)]
        return lines[0].removeprefix(beginning).strip() if lines else ""

    @property
    def cause(self) -> str:
        """What it takes for the cause."""
        return self.line("Likely cause:")

    @property
    def remedy(self) -> str:
        """What it advises."""
        return self.line("Remedy:")


def doctor(project: MeshProject, *words: str) -> Diagnosis:
    """Run the doctor in the project's folder."""
    done = subprocess.run(
        [sys.executable, "-m", "meshx", "doctor", *words],
        cwd=project.folder,
        env=project.environment,
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return Diagnosis(done.returncode, done.stdout + done.stderr)
