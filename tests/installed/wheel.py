"""meshx as people have it: a wheel, installed into an empty virtual environment that can't read the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from sandbox.paths import REPO

SECONDS = 600
PINS = REPO / "requirements.txt"
_GUARD = '''"""Ends a process of this environment that opens or lists what is in the checkout."""

import os
import sys


def refuse(event, arguments):
    if event in ("open", "os.listdir", "os.scandir") and isinstance(arguments[0], (str, bytes)):
        if os.fsdecode(arguments[0]).startswith({checkout!r}):
            raise PermissionError(f"the checkout is out of reach: {{arguments[0]}}")


sys.addaudithook(refuse)
'''


@dataclass(frozen=True)
class Installed:
    """A virtual environment in `folder` with the wheel and its dependencies in it."""

    folder: Path

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / "bin" / "python"

    def run(self, *words: str, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a program of the environment by its name to its end, in an environment with no more than PATH."""
        program = str(self.folder / "bin" / words[0])
        given = {"PATH": os.environ["PATH"], "HOME": str(cwd), **variables}
        return subprocess.run(
            [program, *words[1:]], cwd=cwd, env=given, check=False, capture_output=True, text=True, timeout=SECONDS
        )


def build(folder: Path, **variables: str) -> Path:
    """Build the wheel of the checkout as it is into a folder; returns the file."""
    words = ["wheel", "--quiet", "--disable-pip-version-check", "--no-deps", "--wheel-dir", str(folder), str(REPO)]
    _expect([sys.executable, "-m", "pip", *words], {**os.environ, **variables})
    (file,) = folder.glob("pulumi_meshx-*.whl")
    return file


def install(folder: Path, wheel: Path, extras: str) -> Installed:
    """Make a virtual environment in `folder`, and install a wheel into it as people do: by pip, from the index.

    Its libraries are those that are pinned: of others the sandbox has no plugins.
    """
    made = Installed(folder)
    _expect([sys.executable, "-m", "venv", str(folder)], dict(os.environ))
    options = ["--quiet", "--disable-pip-version-check", "--no-compile", "--constraint", str(PINS)]
    _expect([str(made.python), "-m", "pip", "install", *options, f"{wheel}[{extras}]"], dict(os.environ))
    guard(made)
    return made


def guard(made: Installed) -> None:
    """Put the checkout out of reach of every process of an environment."""
    (packages,) = made.folder.glob("lib/python*/site-packages")
    (packages / "no_checkout.py").write_text(_GUARD.format(checkout=f"{REPO}/"))
    # Python runs each such line as it starts (documentation of the module `site`).
    (packages / "no_checkout.pth").write_text("import no_checkout\n")


def _expect(words: list[str], environment: dict[str, str]) -> None:
    done = subprocess.run(words, env=environment, check=False, capture_output=True, text=True, timeout=SECONDS)
    assert done.returncode == 0, done.stdout + done.stderr
