"""The files that a workload names in `machinesFrom`, by path or by pattern."""

from __future__ import annotations

import glob
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from meshx.config.errors.problems import Problem
from meshx.config.errors.words import enumerate_words, quote
from meshx.config.inventory.csv_machines import csv_machines
from meshx.config.inventory.read_file import Fault, ReadFile
from meshx.config.inventory.yaml_machines import json_machines, yaml_machines
from meshx.config.rules.written import Written

READERS = {".yaml": yaml_machines, ".yml": yaml_machines, ".json": json_machines, ".csv": csv_machines}
"""By what the name of a file ends with."""
WHERE = "relative to the project's folder, absolute, or with ~"


@dataclass(frozen=True)
class MachineFile:
    """A file with machines: its path as messages name it, where that is, and which item of `machinesFrom` names it."""

    written: str
    path: Path
    named: Written


def named_files(workload: Written, base: Path) -> Iterator[MachineFile | Problem]:
    """The files of a workload in the order of the patterns, and by name for each pattern; or what is wrong with one.

    base: the folder that relative paths start from.
    """
    for named in workload.get("machinesFrom").items():
        if not named.text.strip() or not named.text.isprintable():
            continue  # told by its type
        files = list(_matching(named, base))
        if not files:
            yield _nothing(named, base)
        for file in files:
            if file.path.suffix.lower() in READERS:
                yield file
            else:
                yield Problem(
                    named.location,
                    f"{quote(file.written)} is no file of machines: its name ends with none of "
                    f"{enumerate_words(list(READERS))}",
                    "files with such a name alone, such as inventory/*.csv",
                )


def read(file: MachineFile) -> ReadFile:
    """The machines of a file."""
    try:
        content = file.path.read_bytes()
    except OSError as error:
        return ReadFile(faults=[Fault(1, f"it can't be read: {error.strerror}", "a file that you may read")])
    try:
        # Spreadsheets write a mark of the byte order first.
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return ReadFile(faults=[Fault(line, "it is no text in UTF-8", "the file saved as UTF-8")])
    return READERS[file.path.suffix.lower()](text)


def _matching(named: Written, base: Path) -> Iterator[MachineFile]:
    try:
        pattern = str(Path(named.text).expanduser())
        # Unlike Path.glob it takes absolute patterns, and leaves out what an editor hides, .shop.csv.swp.
        found = [pattern] if (base / pattern).is_file() else sorted(glob.glob(pattern, root_dir=base, recursive=True))  # noqa: PTH207
        for path in found:
            if (base / path).is_file():
                yield MachineFile(path, base / path, named)
    except (OSError, ValueError, RuntimeError):  # too long, a NUL in it, an unknown user behind '~'
        return


def _nothing(named: Written, base: Path) -> Problem:
    text = named.text
    if glob.has_magic(text):
        return Problem(
            named.location,
            f"no file matches {quote(text)}, looked for from {base}",
            f"a pattern that matches, {WHERE}, or leave it out",
        )
    folder = (base / text).is_dir()
    return Problem(
        named.location,
        f"{quote(text)} is a folder" if folder else f"there is no file {quote(text)}, looked for from {base}",
        f"{text.rstrip('/')}/*.yaml for its files" if folder else f"the path of a file that exists, {WHERE}",
    )
