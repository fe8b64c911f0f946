"""The cache of built artifacts: found by key, built once, written whole or not at all."""

import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from sandbox.files import locked

KEEP_SECONDS = 24 * 3600
"""How long an old key's artifact stays after its last use: switching between branches must not rebuild."""


def find(cache: Path, name: str, key: str) -> Path | None:
    """The finished folder of artifact `name` at `key`, marked as used now, or None if it is not built."""
    folder = cache / f"{name}-{key}"
    if not folder.is_dir():
        return None
    # A read-only cache still serves.
    with contextlib.suppress(PermissionError):
        os.utime(folder)
    return folder


def obtain(cache: Path, name: str, key: str, build: Callable[[Path], None]) -> tuple[Path, bool]:
    """The folder of artifact `name` at `key`, and whether this call built it.

    `build` fills an empty folder, and one rename makes that the artifact: a build that fails or is killed leaves
    nothing that `find` would take for the artifact. If several processes ask at once, one builds and the others wait.
    """
    if found := find(cache, name, key):
        return found, False
    cache.mkdir(parents=True, exist_ok=True)
    with locked(cache / f".{name}.lock"):
        if found := find(cache, name, key):
            return found, False
        # Only the lock's holder builds this artifact: an unfinished folder is a killed build's.
        for left in cache.glob(f".{name}.unfinished-*"):
            shutil.rmtree(left)
        # A new name: a killed build's child may still write to that build's folder.
        unfinished = Path(tempfile.mkdtemp(prefix=f".{name}.unfinished-", dir=cache))
        try:
            build(unfinished)
        except BaseException:
            shutil.rmtree(unfinished)
            raise
        unfinished.chmod(0o755)
        finished = unfinished.rename(cache / f"{name}-{key}")
        os.utime(finished)
        _remove_outdated(cache, name, key)
        return finished, True


def _remove_outdated(cache: Path, name: str, key: str) -> None:
    mounts = Path("/proc/self/mounts").read_text() if Path("/proc/self/mounts").exists() else ""
    for folder in cache.glob(f"{name}-{'[0-9a-f]' * len(key)}"):
        recently_used = time.time() - folder.stat().st_mtime < KEEP_SECONDS
        # A running machine has its root filesystem on an artifact's folder.
        if folder.name != f"{name}-{key}" and not recently_used and str(folder) not in mounts:
            shutil.rmtree(folder)
