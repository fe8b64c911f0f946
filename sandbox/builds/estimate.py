"""How long is left of a build, from what its parts are known to take and what this run has taken for those so far."""

from collections.abc import Mapping


def seconds_left(expected: Mapping[str, float], taken: Mapping[str, float], under_way: Mapping[str, float]) -> float:
    """The seconds until all parts named in `expected`, which are built one after the other, are built.

    expected: what each takes on an idle machine of the usual kind, in seconds. taken: what those took that are ready.
    under_way: for how long those have been built that are not. The machine at hand is taken to be as much slower or
    faster for the rest as it was so far.
    """
    ready = sum(expected[name] for name in taken)
    begun = ready + sum(expected[name] for name in under_way)
    pace = sum(taken.values()) / ready if ready else 1.0
    if begun:
        # A part that has taken longer already than it should says that the machine is slower than it was.
        pace = max(pace, (sum(taken.values()) + sum(under_way.values())) / begun)
    waiting = sum(seconds for name, seconds in expected.items() if name not in taken and name not in under_way)
    return pace * waiting + sum(max(pace * expected[name] - seconds, 0) for name, seconds in under_way.items())


def in_words(seconds: float) -> str:
    """An estimate as it is told, for example "about 6 minutes left"."""
    if seconds >= 90:  # noqa: PLR2004 - from here on it rounds to two minutes
        return f"about {round(seconds / 60)} minutes left"
    return "about a minute left" if seconds >= 45 else "less than a minute left"  # noqa: PLR2004 - half of it, rounded up
