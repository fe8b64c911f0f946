"""Programs in other languages for tests: the language hosts that they need, and the example that they start from."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import yaml

from sandbox.builds.catalogue import obtain
from sandbox.paths import REPO

PLUGIN = REPO / "meshx" / "provider"
EXAMPLES = REPO / "examples"


def with_hosts(environment: Mapping[str, str], artifact: str) -> dict[str, str]:
    """An environment in which the engine finds the language hosts of an artifact, built first where it is not."""
    begun = time.monotonic()
    folder, built = obtain(artifact)
    print(f"{artifact}: {'built' if built else 'cached'}, {time.monotonic() - begun:.1f} s")
    return {**environment, "PATH": os.pathsep.join([str(folder), environment["PATH"]])}


def yaml_program(folder: Path, **arguments: Any) -> dict[str, Any]:
    """Write the example in YAML into a folder, with other arguments of the mesh: the program, as it was written."""
    program = cast("dict[str, Any]", yaml.safe_load((EXAMPLES / "yaml" / "Pulumi.yaml").read_text()))
    program["packages"]["meshx"] = str(PLUGIN)
    program["resources"]["mesh"]["properties"] |= arguments
    write(folder, program)
    return program


def write(folder: Path, program: Mapping[str, Any]) -> None:
    """Write a program in YAML."""
    (folder / "Pulumi.yaml").write_text(yaml.safe_dump(dict(program), sort_keys=False))
