"""The `runtime.options` of a Python project or plugin: which interpreter runs it and in which environment.

It does as the official language host (Pulumi SDK: sdk/python/cmd/pulumi-language-python/main.go, parseOptions;
sdk/python/toolchain/toolchain.go and pip.go), for the toolchain `pip`.
"""

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PLUGINS_VIRTUALENV = "venv"
"""Where a plugin's virtual environment is if its options name none. Programs and policy packs use PATH's Python."""
_KNOWN = ("virtualenv", "toolchain", "typechecker")
_LOCK_FILES = {"uv.lock": "uv", "poetry.lock": "poetry"}


class OptionsError(Exception):
    """The options cannot be used; the text names the option and what to write instead."""


@dataclass(frozen=True)
class Interpreter:
    """Which `python` to start, and with which environment.

    environment: this process's own with the virtual environment activated; None if there is none to activate: then
    the caller chooses the child's.
    """

    python: str
    environment: Mapping[str, str] | None


def interpreter(
    root: str, program: str, options: Mapping[str, Any], ambient: Mapping[str, str], *, plugin: bool = False
) -> Interpreter:
    """The interpreter for the project at `root` with its code in `program`; `ambient` is the host's environment.

    plugin: whether it is one, and no policy pack. Raises OptionsError for options of another form, for a missing
    virtual environment, and for what only the official language host does.
    """
    folder = environment_folder(root, program, options, plugin=plugin)
    if folder is None:
        return Interpreter(ambient_python(ambient), None)
    if not (folder / "bin" / "python").is_file():
        named = options.get("virtualenv") or PLUGINS_VIRTUALENV
        raise OptionsError(
            f"runtime option virtualenv is {named}, but there is no virtual environment at {folder}; "
            f"make it by `make up`, or by `python3 -m venv {folder}` and `{folder}/bin/pip install -r requirements.txt`"
        )
    return Interpreter(str(folder / "bin" / "python"), activated(ambient, folder))


def environment_folder(root: str, program: str, options: Mapping[str, Any], *, plugin: bool = False) -> Path | None:
    """Where the virtual environment of a project or plugin is, or is to be; None if it has none.

    Raises OptionsError for options of another form, and for what only the official language host does.
    """
    for option in sorted(set(options) - set(_KNOWN)):
        raise OptionsError(f"runtime option {option} is not known; known are {', '.join(_KNOWN)}")
    for option, value in options.items():
        if not isinstance(value, str):
            raise OptionsError(f"runtime option {option} must be a string, and is {value!r}")
    _refuse_other_toolchains(options.get("toolchain"), program)
    if "typechecker" in options:
        raise OptionsError("the sandbox's language host does not run a type checker; leave typechecker out")
    named = options.get("virtualenv") or (PLUGINS_VIRTUALENV if plugin else "")
    return Path(os.path.normpath(Path(root, named))) if named else None


def _refuse_other_toolchains(toolchain: str | None, program: str) -> None:
    if toolchain is not None:
        if toolchain != "pip":
            raise OptionsError(f"the sandbox's language host does not do toolchain {toolchain or repr('')}; write pip")
        return
    # Without the option a lock file decides, in the program's folder or in any above it.
    for name, chosen in _LOCK_FILES.items():
        for folder in (Path(program), *Path(program).parents):
            if (folder / name).exists():
                raise OptionsError(
                    f"{folder / name} chooses toolchain {chosen}, which the sandbox's language host does not do; "
                    "write `toolchain: pip` among the runtime options"
                )


def ambient_python(ambient: Mapping[str, str]) -> str:
    """The Python on PATH, or the one that PULUMI_PYTHON_CMD names (toolchain/pip.go, CommandPath); OptionsError."""
    named = ambient.get("PULUMI_PYTHON_CMD")
    names = [named] if named else ["python3", "python"]
    for name in names:
        found = shutil.which(name, path=ambient.get("PATH", ""))
        if found:
            return found
    raise OptionsError(f"{' and '.join(names)} not found on PATH; install Python 3.10 or later")


def activated(ambient: Mapping[str, str], folder: Path) -> dict[str, str]:
    """The environment `ambient` with the virtual environment in a folder activated."""
    activated = {key: value for key, value in ambient.items() if key != "PYTHONHOME"}
    activated["VIRTUAL_ENV"] = str(folder)
    programs = str(folder / "bin")
    activated["PATH"] = os.pathsep.join([programs, ambient["PATH"]]) if "PATH" in ambient else programs
    return activated
