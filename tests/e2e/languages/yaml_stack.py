"""A program in YAML on the sandbox, with the arguments of the sandbox's own stack."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from sandbox.paths import REPO, STATE
from sandbox.pulumi.home import prepare
from tests import pulumi_cli
from tests.e2e.stack.conftest import one_machine
from tests.other_languages import with_hosts, yaml_program

SECONDS = 300
IDENTITY = "spiffe://cluster.local/ns/vm/sa/vmhttp"


@dataclass(frozen=True)
class Program:
    """The program's stack `dev` in `folder`, with a backend of its own."""

    folder: Path
    environment: dict[str, str]
    content: dict[str, Any]
    """The program as it was written at first."""

    def pulumi(self, *words: str) -> pulumi_cli.Ran:
        return pulumi_cli.run(self.folder, self.environment, *words, seconds=SECONDS)

    def expect(self, *words: str) -> pulumi_cli.Ran:
        ran = self.pulumi(*words)
        assert ran.code == 0, ran.text
        return ran

    def state(self) -> list[dict[str, Any]]:
        """The resources as they lie in the backend, secrets encrypted."""
        (file,) = (self.folder / "backend").glob(".pulumi/stacks/mesh-in-yaml/dev.json")
        return list(json.loads(file.read_text())["checkpoint"]["latest"].get("resources") or [])


def processes_of(program: Program) -> list[str]:
    """The processes that a run of the program has left: those with its backend in their environment."""
    found: list[str] = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError, PermissionError):
            if f"file://{program.folder}/backend".encode() in process.joinpath("environ").read_bytes():
                found.append(process.joinpath("cmdline").read_text().replace("\0", " "))
    return found


@contextlib.contextmanager
def yaml_stack(folder: Path) -> Iterator[Program]:
    """The example with the arguments of the sandbox's stack, of vm-1 alone; destroyed in the end whatever happened."""
    (folder / "backend").mkdir()
    (folder / ".sandbox").symlink_to(STATE)
    config = yaml.safe_load((REPO / "Pulumi.dev.yaml").read_text())["config"]
    arguments = {key.removeprefix("meshx:"): value for key, value in config.items()}
    one_machine(arguments)
    content = yaml_program(folder, **arguments)
    environment = with_hosts({**os.environ, **prepare()}, "pulumi-yaml")
    made = Program(folder, {**environment, "PULUMI_BACKEND_URL": f"file://{folder}/backend"}, content)
    made.expect("stack", "init", "dev")
    yield made
    made.pulumi("cancel", "--yes")
    made.pulumi("destroy", "--yes", "--skip-preview")
