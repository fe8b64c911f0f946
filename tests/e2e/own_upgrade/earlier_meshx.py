"""An earlier meshx in place of this one in a project of the tests: program, plugin and scripts, out of the history."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from sandbox.paths import REPO
from tests.e2e.stack.mesh_project import MeshProject

SETTINGS_WITH_THE_PROXY = "5f8d65e712f1098454a3dd4cad30ea9a645bf14f"
"""Root's settings still stood in a folder of the proxy's; objects had a mark of the stack's name alone."""
WITH_WAVES = "b4353dd9242793934f26e23146615f1361a1f9f2"
"""The first one with waves, ways back and revisions."""
PROGRAM = ("__main__.py", "Pulumi.yaml")


def take(commit: str, folder: Path) -> Path:
    """Put the meshx of a commit into a folder; skips the test where the history is not here."""
    known = subprocess.run(
        ["git", "-C", REPO, "cat-file", "-e", f"{commit}^{{commit}}"], capture_output=True, check=False
    )
    if known.returncode:
        pytest.skip(
            f"commit {commit[:7]} is not in this clone, which is shallow or no repository: git fetch --unshallow"
        )
    archive = subprocess.run(["git", "-C", REPO, "archive", commit, "meshx", *PROGRAM], capture_output=True, check=True)
    folder.mkdir()
    subprocess.run(["tar", "-x", "-C", folder], input=archive.stdout, check=True)
    # Where the plugin looks for the virtual environment.
    (folder / ".venv").symlink_to(REPO / ".venv")
    return folder


def use(project: MeshProject, meshx: Path) -> None:
    """Have a project run the meshx of a folder: one that was taken, or the repository."""
    for name in PROGRAM:
        shutil.copy(meshx / name, project.folder / name)
    (project.folder / "meshx").unlink()
    (project.folder / "meshx").symlink_to(meshx / "meshx")
