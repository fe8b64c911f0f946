"""A project outside the checkout, with a stack `dev`, driven by the real engine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from tests import pulumi_cli
from tests.pulumi_cli import Ran


class Project:
    """A project of Pulumi with a stack `dev`."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder = folder
        self.environment = environment

    def pulumi(self, *words: str) -> Ran:
        """Run `pulumi` to its end."""
        return pulumi_cli.run(self.folder, self.environment, *words, seconds=900)

    def expect(self, *words: str) -> str:
        """Run `pulumi`, which has to succeed: what it printed."""
        ran = self.pulumi(*words)
        assert ran.code == 0, ran.text
        return ran.text

    def configure(self, **sections: dict[str, Any]) -> None:
        """Add to sections of the stack's file."""

        def add(config: dict[str, Any]) -> None:
            for key, more in sections.items():
                config.setdefault(f"meshx:{key}", {}).update(more)

        self.change(add)

    def change(self, change: Callable[[dict[str, Any]], object]) -> None:
        """Let `change` alter the configuration in the stack's file."""
        file = self.folder / "Pulumi.dev.yaml"
        content = yaml.safe_load(file.read_text())
        change(content["config"])
        file.write_text(yaml.safe_dump(content))
