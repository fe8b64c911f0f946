"""What is read of one file of machines, of whichever format."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from meshx.config.errors.origins import file_place
from meshx.config.errors.paths import Location


@dataclass(frozen=True)
class ReadMachine:
    """A machine as it is written, not checked yet.

    value: mostly its keys. lines: the line of each key, by the way to it; () is the machine itself.
    """

    value: object
    lines: Mapping[Location, int]


@dataclass(frozen=True)
class Fault:
    """Why a file can't be read as it is: where, what is wrong, and what to do. below: the key that it is about."""

    line: int
    wrong: str
    remedy: str
    below: Location = ()

    def place(self, file: str) -> str:
        """Where that is in the file of this path."""
        return file_place(file, self.line, self.below)


@dataclass(frozen=True)
class ReadFile:
    """The machines of a file in the order of its lines, or what keeps it from being read."""

    machines: list[ReadMachine] = field(default_factory=list[ReadMachine])
    faults: list[Fault] = field(default_factory=list[Fault])
