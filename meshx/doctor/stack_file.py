"""The stack's configuration without the engine: the stack is chosen, its file read, and a secret key decrypted."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import yaml

from meshx.config.loading import SECRET_KEYS, load
from meshx.config.stack import StackConfiguration

_PREFIX = "meshx:"
_PULUMI_SECONDS = 60


class StackFileError(ValueError):
    """There is no such stack here, or its file cannot be used; the text says what to do."""


def chosen_stack(folder: Path, asked: str | None) -> str:
    """Return the name of the stack: the one asked for, PULUMI_STACK, the only one, or the one that Pulumi has selected.

    Raises StackFileError with the names there are.
    """
    if not (folder / "Pulumi.yaml").is_file():
        raise StackFileError(f"{folder} is no Pulumi project (it has no Pulumi.yaml): run this in the project's folder")
    names = sorted(file.name.split(".")[1] for file in folder.glob("Pulumi.*.yaml"))
    if not names:
        raise StackFileError(f"{folder} has no stack (no Pulumi.<stack>.yaml): see docs/configuration.md")
    # A full name is organization/project/stack.
    wanted = (asked or os.environ.get("PULUMI_STACK") or "").rpartition("/")[2]
    wanted = wanted or (names[0] if len(names) == 1 else _selected(folder))
    if wanted not in names:
        said = f"there is no stack {wanted!r}" if wanted else "no stack is selected"
        raise StackFileError(f"{said}: name one by --stack; there are {', '.join(names)}")
    return wanted


def project_name(folder: Path) -> str:
    """Return the project's name; StackFileError where its file cannot be read."""
    return str(_content(folder / "Pulumi.yaml").get("name", ""))


def stack_configuration(folder: Path, stack: str) -> StackConfiguration:
    """Return the configuration of a stack; StackFileError, or ConfigurationError with all problems."""
    config = _mapping(_content(folder / f"Pulumi.{stack}.yaml").get("config"))
    stated = {key.removeprefix(_PREFIX): value for key, value in config.items() if key.startswith(_PREFIX)}
    encrypted = {key for key, value in stated.items() if _has_secret(value)}
    for key in encrypted & SECRET_KEYS:
        stated[key] = _decrypted(folder, stack, key)
    return load(stated, folder, encrypted, stack)


def _content(file: Path) -> dict[str, Any]:
    try:
        return _mapping(yaml.safe_load(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise StackFileError(f"{file} cannot be read: {' '.join(str(error).split())}") from None


def _selected(folder: Path) -> str:
    try:
        done = subprocess.run(
            ["pulumi", "stack", "--show-name", "--non-interactive"],
            cwd=folder,
            check=False,
            capture_output=True,
            text=True,
            timeout=_PULUMI_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _decrypted(folder: Path, stack: str, key: str) -> str:
    command = ["pulumi", "config", "get", f"{_PREFIX}{key}", "--stack", stack, "--non-interactive"]
    try:
        done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True, timeout=_PULUMI_SECONDS)
    except OSError as error:
        why = str(error)
    except subprocess.TimeoutExpired:
        why = "no answer"
    except subprocess.CalledProcessError as error:
        why = " ".join(str(error.stderr).split())
    else:
        return done.stdout
    raise StackFileError(
        f"{_PREFIX}{key} is encrypted, and `{' '.join(command)}` does not give it ({why}): log in to the stack's "
        "backend and give its passphrase or key, as for `pulumi up`"
    )


def _has_secret(value: object) -> bool:
    """Whether a value of the file is encrypted, or has something encrypted in it: `{secure: ...}`."""
    if isinstance(value, Mapping):
        mapping = _mapping(cast("object", value))
        return set(mapping) == {"secure"} or any(map(_has_secret, mapping.values()))
    return isinstance(value, list) and any(map(_has_secret, cast("list[object]", value)))


def _mapping(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
