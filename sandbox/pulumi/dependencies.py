"""How the language host makes the virtual environment of a project or plugin, and installs what its folder requires.

It does as the official host (Pulumi SDK: sdk/python/toolchain/pip.go, InstallDependencies), for the toolchain `pip`,
where there is no virtual environment yet. The official one installs into one that is there as well; that would change
the checkout's own, which runs the sandbox and its tests.
"""

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from sandbox.pulumi.python_options import activated, ambient_python


class DependenciesError(Exception):
    """A step failed; the text says which and why."""


def installed(program: Path, folder: Path, ambient: Mapping[str, str]) -> Iterator[str]:
    """Make the virtual environment `folder` and fill it, and say line by line what is done.

    program: the folder with requirements.txt, if it has one. ambient: the host's environment.
    Raises DependenciesError, OptionsError.
    """
    yield "Creating virtual environment..."
    words = [ambient_python(ambient), "-m", "venv", str(folder)]
    _run(words, program, ambient, f"creating virtual environment at '{folder}'")
    environment = activated(ambient, folder)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install"]
    yield "Updating pip, setuptools, and wheel in virtual environment..."
    _run([*pip, "--upgrade", "pip", "setuptools", "wheel"], program, environment, "updating pip, setuptools, and wheel")
    if (program / "requirements.txt").exists():
        yield "Installing dependencies in virtual environment..."
        _run([*pip, "-r", "requirements.txt"], program, environment, "installing dependencies")
    yield "Finished installing dependencies"


def _run(words: Sequence[str], folder: Path, environment: Mapping[str, str], what: str) -> None:
    done = subprocess.run(words, cwd=folder, env=environment, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise DependenciesError(f"{what} via '{' '.join(words)}': exit status {done.returncode}: {done.stderr.strip()}")
