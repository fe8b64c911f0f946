"""A folder with the programs that a machine has, for scripts that run with no others."""

import shutil
from collections.abc import Iterable
from pathlib import Path


def linked(folder: Path, names: Iterable[str]) -> Path:
    """Make the folder, with this computer's own programs of these names."""
    folder.mkdir()
    for name in names:
        (folder / name).symlink_to(str(shutil.which(name)))
    return folder


def stub(programs: Path, name: str, body: str) -> None:
    """Put a program there that does what a text of bash says."""
    (programs / name).write_text(f"#!{shutil.which('bash')}\n{body}\n")
    (programs / name).chmod(0o755)
