"""What is wrong with a configuration, all of it at once."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from meshx.config.errors.origins import Origins, place_of
from meshx.config.errors.paths import Location, path_of
from meshx.config.leaves import shown


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong.

    location: where it stands in the stack's file, as keys and positions, such as ("workloads", 0, "name").
    wrong: what is wrong there. remedy: what to write instead. place: file and line, "" where it is the stack's file.
    """

    location: Location
    wrong: str
    remedy: str
    place: str = ""

    @property
    def path(self) -> str:
        """The place: as Pulumi writes it, `meshx:workloads[0].name`, or by file and line."""
        return self.place or path_of(self.location)

    def __str__(self) -> str:
        return f"{self.path}\n    {self.wrong}\n    write: {self.remedy}"


class ConfigurationError(ValueError):
    """A configuration that can't be taken. `problems` has every reason, those of one place together.

    origins: of machines that stand in files of their own.
    """

    def __init__(self, problems: Iterable[Problem], origins: Origins | None = None) -> None:
        placed = [
            replace(
                one,
                wrong=shown(one.wrong),
                remedy=shown(one.remedy),
                place=one.place or place_of(one.location, origins or {}),
            )
            for one in problems
        ]
        self.problems = tuple(sorted(dict.fromkeys(placed), key=_place))
        count = "one problem" if len(self.problems) == 1 else f"{len(self.problems)} problems"
        super().__init__("\n".join([f"The stack's configuration has {count}:", *map(str, self.problems)]))


def _place(problem: Problem) -> list[tuple[int, str]]:
    """A key to sort by, in which positions in lists count as numbers."""
    return [(part, "") if isinstance(part, int) else (-1, part) for part in problem.location]
