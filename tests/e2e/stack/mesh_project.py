"""The program and its stack `dev` in a folder of its own, changed at will and run by the real `pulumi`."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from meshx.config.owner import Owner, stack_owner
from meshx.stack.backend import NO_ORGANISATION
from sandbox.paths import REPO
from tests import pulumi_cli
from tests.pulumi_cli import CANNOT_READ, Ran

SECONDS = 300
PROJECT, STACK = "meshx", "dev"
CONTENTS = ("meshx", "policy", "requirements.txt", ".venv", ".sandbox")


@dataclass(frozen=True)
class MeshProject:
    """A copy of the project in `folder`, with a backend of its own."""

    folder: Path
    environment: dict[str, str]

    @property
    def owner(self) -> Owner:
        """Whose its objects are."""
        return owner_in(self.folder.parent)

    def pulumi(self, *words: str, seconds: int = SECONDS) -> Ran:
        """Run `pulumi` to its end."""
        return pulumi_cli.run(self.folder, self.environment, *words, seconds=seconds)

    def expect(self, *words: str) -> Ran:
        """Run `pulumi`, which has to succeed."""
        ran = self.pulumi(*words)
        assert ran.code == 0, ran.text
        return ran

    def unlock(self) -> None:
        """Release a killed run's lock, and mend what the kill left of the backend's files, as docs/recovery.md says."""
        if CANNOT_READ in self.pulumi("cancel", "--yes").text:
            recover = (sys.executable, "-m", "meshx", "recover", "--stack", STACK)
            mended = subprocess.run(recover, cwd=self.folder, env=self.environment, check=False, capture_output=True)
            print(mended.stdout.decode(), mended.stderr.decode())

    def configure(self, change: Callable[[dict[str, Any]], object]) -> None:
        """Let `change` alter the stack's configuration, which it gets by key without `meshx:`."""
        file = self.folder / f"Pulumi.{STACK}.yaml"
        content = yaml.safe_load(file.read_text())
        config = {key.removeprefix("meshx:"): value for key, value in content["config"].items()}
        change(config)
        content["config"] = {f"meshx:{key}": value for key, value in config.items()}
        file.write_text(yaml.safe_dump(content, sort_keys=False))

    def outputs(self) -> dict[str, Any]:
        """The stack's exports."""
        return dict(json.loads(self.expect("stack", "output", "--json").text))

    def state(self) -> list[dict[str, Any]]:
        """The resources as they lie in the backend, secrets encrypted."""
        (file,) = (self.folder.parent / "backend").glob(f".pulumi/stacks/{PROJECT}/{STACK}.json")
        return list(json.loads(file.read_text())["checkpoint"]["latest"].get("resources") or [])


def owner_in(folder: Path) -> Owner:
    """Whose the objects are of the stack that `make` puts into a folder."""
    return stack_owner(NO_ORGANISATION, f"file://{folder / 'backend'}", PROJECT, STACK)


def make(folder: Path, environment: dict[str, str]) -> MeshProject:
    """A new, empty stack of the program as it is in the repository."""
    project = MeshProject(folder / "project", {**environment, "PULUMI_BACKEND_URL": f"file://{folder / 'backend'}"})
    project.folder.mkdir()
    (folder / "backend").mkdir()
    for name in ("__main__.py", "Pulumi.yaml", f"Pulumi.{STACK}.yaml"):
        shutil.copy(REPO / name, project.folder / name)
    for name in CONTENTS:
        if (REPO / name).exists():
            (project.folder / name).symlink_to(REPO / name)
    project.expect("stack", "init", STACK)
    return project
