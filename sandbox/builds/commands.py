"""Running the programs that builds consist of, with errors that say what failed and why."""

import os
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
    """Run `command`, give back its standard output.

    purpose: what it is run for, as in "build etcd"; heads the error. environment: additions to the present one.
    Raises BuildError with the last lines of output when the command is missing or fails.
    """
    try:
        done = subprocess.run(
            [str(word) for word in command],
            cwd=cwd,
            env={**os.environ, **(environment or {})},
            check=False,
            capture_output=True,
            text=True,
            errors="replace",
        )
    except FileNotFoundError as error:
        raise BuildError(f"cannot {purpose}: `{command[0]}` is not on PATH; install it and repeat") from error
    if done.returncode != 0:
        said = "\n".join((done.stdout + done.stderr).strip().splitlines()[-SHOWN_LINES:])
        shown = " ".join(str(word) for word in command)
        raise BuildError(f"cannot {purpose}: exit code {done.returncode} from `{shown}`:\n{said}")
    return done.stdout
