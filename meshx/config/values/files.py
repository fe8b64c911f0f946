"""Files and folders that the configuration names: relative to the project's folder, `~` is the home folder."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, cast

from pydantic import BeforeValidator, ValidationInfo

from meshx.config.errors.words import Words, quote, refuse, show


@dataclass(frozen=True)
class ProjectFile:
    """A file or folder that exists.

    written: its path as the configuration has it, the same for everyone who uses the stack.
    path: where that is on this computer, absolute.
    """

    written: str
    path: Path

    @property
    def reference(self) -> str:
        """Its path as it goes into the state: relative stays relative, since plugins run in the project's folder.

        An absolute path would make every other checkout of the project a change of the stack.
        """
        return str(Path(self.written).expanduser())


def project_path(base: Path, written: str) -> Path | None:
    """The absolute path behind a written one; None for what no file can have as its path.

    base: the folder that relative paths start from.
    """
    try:
        path = (base / Path(written).expanduser()).absolute()
        path.exists()
    except (OSError, ValueError, RuntimeError):  # too long, a NUL in it, an unknown user behind '~'
        return None
    return path if written else None


def project_folder(info: ValidationInfo) -> Path:
    """The folder that relative paths start from: `base` of the validation's context."""
    context = cast("dict[str, Path]", info.context)
    return context["base"]


def found(value: object, info: ValidationInfo, exists: Callable[[Path], bool], kind: str) -> ProjectFile:
    """What is behind a written path, of a `kind` that `exists` tells; refuses what is no path or is not there."""
    if not isinstance(value, str) or not value:
        refuse(f"expected the path of a {kind}, found {show(value)}", f"the path of a {kind}, as text")
    base = project_folder(info)
    path = project_path(base, value)
    if path is None or not exists(path):
        remedy = f"the path of a {kind} that exists, relative to the project's folder, absolute, or with ~"
        if path is not None and path.exists():
            refuse(f"{quote(value)} is {_what_it_is(path)}, and not a {kind}", remedy)
        if path is not None and path.is_symlink():
            refuse(f"{quote(value)} is a link to {path.readlink()}, and that is not there", remedy)
        if "$" in value:
            refuse(f"there is no {kind} {quote(value)}: meshx fills no variables in", "the path itself, or one with ~")
        refuse(f"there is no {kind} {quote(value)}, looked for from {base}", remedy)
    return ProjectFile(value, path)


def _what_it_is(path: Path) -> str:
    if path.is_dir():
        return "a folder"
    return "a file" if path.is_file() else "a device or socket"


def sha256_of(path: Path) -> str:
    """The SHA-256 sum of a file's content, as hexadecimal digits; OSError."""
    with path.open("rb") as file:
        total = hashlib.sha256()
        while block := file.read(1 << 20):
            total.update(block)
    return total.hexdigest()


def existing_file(value: object, info: ValidationInfo) -> ProjectFile:
    """The file behind a written path; refuses what is no path or is not there. The context has `base`, the folder."""
    return found(value, info, Path.is_file, "file")


def _folder(value: object, info: ValidationInfo) -> ProjectFile:
    return found(value, info, Path.is_dir, "folder")


def readable_text(file: ProjectFile) -> str:
    """The file's text; refuses what can't be read, naming the reason."""
    try:
        return file.path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        refuse(f"{quote(file.written)} can't be read: {reason}", "a text file that you may read")


ExistingFile = Annotated[ProjectFile, BeforeValidator(existing_file), Words("the path of a file (text)")]
ExistingFolder = Annotated[ProjectFile, BeforeValidator(_folder), Words("the path of a folder (text)")]
