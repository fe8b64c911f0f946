"""Where machines stand that files of their own hold: told by file and line, not by their place among all machines."""

from collections.abc import Mapping
from dataclasses import dataclass

from meshx.config.errors.paths import Location, path_of

MACHINE_DEPTH = 4
"""Parts of a machine's location: ("workloads", 0, "machines", 7)."""


@dataclass(frozen=True)
class Origin:
    """A machine in a file.

    file: its path, as messages name it. lines: the line of each of its keys, by the way to the key; () is the machine.
    """

    file: str
    lines: Mapping[Location, int]

    def place(self, below: Location) -> str:
        """A key as `inventory/shop.yaml:12 ssh.port`; one that is missing has the line of what lacks it."""
        lengths = range(len(below), 0, -1)
        line = next((self.lines[below[:length]] for length in lengths if below[:length] in self.lines), self.lines[()])
        return file_place(self.file, line, below)


Origins = Mapping[Location, Origin]
"""By the machines' locations; those that stand in the stack's file are not in it."""


def file_place(file: str, line: int, below: Location = ()) -> str:
    """A line of a file, and the key that is meant there."""
    return f"{file}:{line} {path_of(below).partition(':')[2]}".rstrip()


def place_of(location: Location, origins: Origins) -> str:
    """A place as messages name it: by file and line, or its path in the stack's file."""
    origin = origins.get(location[:MACHINE_DEPTH])
    return path_of(location) if origin is None else origin.place(location[MACHINE_DEPTH:])
