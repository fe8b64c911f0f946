"""Runs the programs that builds consist of, with errors that say what failed and why."""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from sandbox.builds.recipe import BuildError

SHOWN_LINES = 15


def run(
    command: Sequence[str | Path],
    purpose: str,
    cwd: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> str:
    """Run `command` and return its standard output.

    purpose: why it runs, as in "build etcd"; heads the error. environment: additions to the present one.
    Raises BuildError with the last lines of output when the command is missing or fails.
    """
    words = [str(word) for word in command]
    if not shutil.which(words[0]):
        raise BuildError(f"cannot {purpose}: `{words[0]}` is not on PATH; install it and repeat")
    done = subprocess.run(
        # Minutes of compiling must not go on after a kill of the program that asked for it.
        ["setpriv", "--pdeathsig", "KILL", *words],
        cwd=cwd,
        env={**os.environ, **(environment or {})},
        check=False,
        capture_output=True,
        text=True,
        errors="replace",
    )
    if done.returncode != 0:
        said = "\n".join((done.stdout + done.stderr).strip().splitlines()[-SHOWN_LINES:])
        raise BuildError(f"cannot {purpose}: exit code {done.returncode} from `{' '.join(words)}`:\n{said}")
    return done.stdout
