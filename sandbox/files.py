"""Files that are written whole or not at all, links that are never missing, locks that end with their holder."""

import contextlib
import fcntl
import secrets
from collections.abc import Iterator
from pathlib import Path


def write_whole(file: Path, content: str, mode: int = 0o644) -> None:
    """Write `content` to `file`, by one rename: readers see all of the old or all of the new."""
    # A unique name, since several programs may write the same file.
    unfinished = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    unfinished.touch(mode=0o600)
    unfinished.write_text(content)
    unfinished.chmod(mode)
    unfinished.replace(file)


def link(name: Path, target: Path) -> None:
    """Make the symbolic link `name` lead to `target`."""
    if name.is_symlink() and name.readlink() == target:
        return
    name.parent.mkdir(parents=True, exist_ok=True)
    new = name.with_name(f"{name.name}.new")
    new.unlink(missing_ok=True)
    new.symlink_to(target)
    new.replace(name)


@contextlib.contextmanager
def locked(file: Path) -> Iterator[None]:
    """Hold the lock `file`, which it makes. Do not take it twice. The kernel releases it when its holder dies."""
    with file.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
