"""Files that are written whole or not at all, links that are never missing, locks that die with their holder."""

import contextlib
import fcntl
import secrets
from collections.abc import Iterator
from pathlib import Path


def write_whole(file: Path, content: str, mode: int = 0o644) -> None:
    """Have `content` in `file`, by one rename: readers see all of the old or all of the new."""
    # A name of its own, since several programs may write the same file.
    unfinished = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    unfinished.touch(mode=0o600)
    unfinished.write_text(content)
    unfinished.chmod(mode)
    unfinished.replace(file)


def link(name: Path, target: Path) -> None:
    """Have the symbolic link `name` lead to `target`."""
    if name.is_symlink() and name.readlink() == target:
        return
    name.parent.mkdir(parents=True, exist_ok=True)
    new = name.with_name(f"{name.name}.new")
    new.unlink(missing_ok=True)
    new.symlink_to(target)
    new.replace(name)


@contextlib.contextmanager
def locked(file: Path) -> Iterator[None]:
    """Hold the lock `file`, which is made. Not to be taken twice. The kernel gives it back when its holder dies."""
    with file.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
