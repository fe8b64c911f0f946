"""What the engine says that it will do, and has done, by kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.e2e.stack.mesh_project import MeshProject

KINDS = {"create": "created", "update": "updated", "delete": "deleted", "replace": "replaced"}
"""What the engine calls a kind of change in a preview, and afterwards."""


def planned(project: MeshProject, how: Callable[[dict[str, Any]], object]) -> dict[str, int]:
    """Change the configuration; returns what a preview says that the engine will do."""
    project.configure(how)
    said = project.expect("preview").changes()
    return {done: said[kind] for kind, done in KINDS.items() if kind in said}


def done(project: MeshProject) -> dict[str, int]:
    """Apply the configuration; returns what the engine changed."""
    said = project.expect("up", "--yes", "--skip-preview").changes()
    return {kind: said[kind] for kind in KINDS.values() if kind in said}
