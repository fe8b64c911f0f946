"""A stack of the program in `tests/engine/program`, driven by the real `pulumi` in a folder of its own."""

import json
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests import pulumi_cli
from tests.pulumi_cli import Ran

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]
SECONDS = 120


@dataclass(frozen=True)
class Stack:
    """The project in `project`, whose things live in `things`."""

    project: Path
    things: Path
    environment: dict[str, str]

    def command(self, *words: str) -> list[str]:
        """The words of a `pulumi` command on this project."""
        return pulumi_cli.command(self.project, *words)

    def pulumi(self, *words: str) -> Ran:
        """Run `pulumi` to its end."""
        return pulumi_cli.run(self.project, self.environment, *words, seconds=SECONDS)

    def expect(self, *words: str) -> str:
        """Run `pulumi`, which has to succeed: what it printed."""
        ran = self.pulumi(*words)
        assert ran.code == 0, ran.text
        return ran.text

    def declare(self, *things: dict[str, Any], **options: Any) -> None:
        """Set what the program declares: things (name, content, fail; folder by default this stack's)."""
        listed = [{"folder": str(self.things), **thing} for thing in things]
        self.configure(config={"things:things": listed, "things:options": options})

    def configure(self, **sections: Any) -> None:
        """Merge sections into Pulumi.dev.yaml, which keeps its encryption salt and secrets."""
        file = self.project / "Pulumi.dev.yaml"
        present = yaml.safe_load(file.read_text()) if file.exists() else {}
        config = {**(present.get("config") or {}), **sections.pop("config", {})}
        file.write_text(yaml.safe_dump({**present, **sections, "config": config}))

    def hanging_up(self) -> "subprocess.Popen[str]":
        """Begin a `pulumi up` in a process group of its own, and wait until its create waits."""
        self.declare({"name": "a", "content": "one", "fail": "hang"})
        up = subprocess.Popen(
            self.command("up", "--yes", "--skip-preview"),
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        deadline = time.monotonic() + SECONDS
        while not (self.things / "a.hanging").exists():
            assert up.poll() is None and time.monotonic() < deadline, "the create does not hang"
            time.sleep(0.1)
        return up

    def state(self) -> dict[str, Any]:
        """The state as it lies in the backend, secrets encrypted: resources by name."""
        (file,) = (self.project.parent / "backend").glob(".pulumi/stacks/things/dev.json")
        resources = json.loads(file.read_text())["checkpoint"]["latest"].get("resources", [])
        return {resource["urn"].split("::")[-1]: resource for resource in resources}


def make(folder: Path, environment: dict[str, str], project: dict[str, Any]) -> Stack:
    """A new stack `dev` in `folder`; `project` adds to its Pulumi.yaml."""
    stack = Stack(
        folder / "project", folder / "things", {**environment, "PULUMI_BACKEND_URL": f"file://{folder}/backend"}
    )
    for made in (stack.project, stack.things, folder / "backend"):
        made.mkdir()
    runtime = {"name": "python", "options": {"virtualenv": str(REPOSITORY / ".venv")}}
    plugins = {"providers": [{"name": "thing", "path": str(HERE / "plugin")}]}
    described = {"name": "things", "main": str(HERE / "program"), "runtime": runtime, "plugins": plugins, **project}
    (stack.project / "Pulumi.yaml").write_text(yaml.safe_dump(described))
    stack.expect("stack", "init", "dev")
    return stack
