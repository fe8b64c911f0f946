"""The `runtime.options` of a Python project or plugin: which interpreter runs it and in which environment.

As the official language host does it (Pulumi SDK, sdk/python/toolchain: toolchain.go and pip.go), for toolchain `pip`.
"""

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_KNOWN = ("virtualenv", "toolchain", "typechecker")


class OptionsError(Exception):
    """The options cannot be followed; the text names the option and what to write instead."""


@dataclass(frozen=True)
class Interpreter:
    """Which `python` to start, and with which environment."""

    python: str
    environment: Mapping[str, str]


def interpreter(root: str, options: Mapping[str, Any], environment: Mapping[str, str]) -> Interpreter:
    """The interpreter for the project or plugin at `root`, with `environment` activated for its virtualenv.

    Raises OptionsError for a virtualenv that is not there and for what only the official language host does.
    """
    for option in sorted(set(options) - set(_KNOWN)):
        raise OptionsError(f"runtime option {option} is not known; known are {', '.join(_KNOWN)}")
    if options.get("toolchain") not in (None, "", "pip"):
        raise OptionsError(f"the sandbox's language host does not do toolchain {options['toolchain']}; write pip")
    if options.get("typechecker") not in (None, "", "none"):
        raise OptionsError("the sandbox's language host does not run a type checker; leave typechecker out")
    if not options.get("virtualenv"):
        return Interpreter(_ambient_python(environment), dict(environment))
    folder = Path(root, str(options["virtualenv"]))
    if not (folder / "bin" / "python").is_file():
        raise OptionsError(
            f"runtime option virtualenv is {options['virtualenv']}, but there is no virtual environment at {folder}; "
            f"make it by `make up`, or by `python3 -m venv {folder}` and `{folder}/bin/pip install -r requirements.txt`"
        )
    return Interpreter(str(folder / "bin" / "python"), _activated(environment, folder))


def _ambient_python(environment: Mapping[str, str]) -> str:
    for name in (environment.get("PULUMI_PYTHON_CMD"), "python3", "python"):
        found = shutil.which(name, path=environment.get("PATH")) if name else None
        if found:
            return found
    raise OptionsError("no python3 is on PATH; install Python 3.10 or later")


def _activated(environment: Mapping[str, str], folder: Path) -> dict[str, str]:
    activated = {key: value for key, value in environment.items() if key != "PYTHONHOME"}
    activated["VIRTUAL_ENV"] = str(folder)
    activated["PATH"] = os.pathsep.join([str(folder / "bin"), environment.get("PATH", os.defpath)])
    return activated
