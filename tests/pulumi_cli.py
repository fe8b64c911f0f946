"""The real `pulumi` on a project in a folder, run to its end."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

CANNOT_READ = "failed to load checkpoint: EOF"
"""What every command says after a kill that left a side file of the file backend empty."""


@dataclass(frozen=True)
class Ran:
    """How a command ended: its exit code and all that it printed."""

    code: int
    text: str

    def changes(self) -> dict[str, int]:
        """What the engine summed up, such as `{"create": 23}` or `{"unchanged": 23}`."""
        # Changes of more than one kind have their sum before what is unchanged: "6 changes. 25 unchanged".
        kinds = r"^\s+(?:\d+ changes\. )?[+\-~+]*\s*(\d+)(?: (?:to|resources?))?(?: to)? (\w+)"
        found = re.findall(kinds, self.text, re.MULTILINE)
        return {kind: int(count) for count, kind in found}


def command(project: Path, *words: str) -> list[str]:
    """The words of a `pulumi` command on the project in the folder `project`."""
    return ["pulumi", *words, "--non-interactive", "--color=never", "--cwd", str(project)]


def run(project: Path, environment: dict[str, str], *words: str, seconds: int, given: str | None = None) -> Ran:
    """Run it to its end. given: its standard input. Raises subprocess.TimeoutExpired after `seconds`."""
    done = subprocess.run(
        command(project, *words),
        check=False,
        env=environment,
        capture_output=True,
        text=True,
        timeout=seconds,
        input=given,
    )
    return Ran(done.returncode, done.stdout + done.stderr)
