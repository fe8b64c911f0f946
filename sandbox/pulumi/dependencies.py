"""How the language host makes the virtual environment of a project or plugin, and installs what its folder requires.

It does as the official host (Pulumi SDK: sdk/python/toolchain/pip.go, InstallDependencies), for the toolchain `pip`.
"""

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from sandbox.pulumi.python_options import activated, ambient_python


class DependenciesError(Exception):
    """A step failed; the text says which and why."""


def installed(program: Path, folder: Path | None, ambient: Mapping[str, str]) -> Iterator[str]:
    """Install, and say line by line what is done. Raises DependenciesError, OptionsError.

    program: the folder with requirements.txt, if it has one. folder: the virtual environment, made if it is not
    there; None: the Python on PATH is used. ambient: the host's environment.
    """
    python = ambient_python(ambient)
    environment = dict(ambient)
    if folder is not None:
        yield "Creating virtual environment..."
        _run([python, "-m", "venv", str(folder)], program, environment, f"creating virtual environment at '{folder}'")
        python, environment = str(folder / "bin" / "python"), activated(ambient, folder)
    pip = [python, "-m", "pip", "install"]
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
