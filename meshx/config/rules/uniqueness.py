"""Values of which there may be one only."""

from collections.abc import Hashable, Iterable, Iterator

from meshx.config.errors.problems import Problem
from meshx.config.rules.written import Written


def repeated(places: Iterable[tuple[Hashable, Written]], what: str, remedy: str) -> Iterator[Problem]:
    """A problem for each place whose value an earlier one has.

    places: values to compare with the places where they are written; empty values are passed over.
    what: what the value is, such as "the machine's name".
    """
    first: dict[Hashable, Written] = {}
    for value, place in places:
        if not place:
            continue
        earlier = first.setdefault(value, place)
        if earlier is not place:
            yield Problem(place.location, f"{what} {place.value} is taken by {earlier.path}", remedy)
