"""How long a build still takes, from the usual time of its parts and the time of those that this run has built."""

from collections.abc import Mapping


def seconds_left(expected: Mapping[str, float], taken: Mapping[str, float], under_way: Mapping[str, float]) -> float:
    """The seconds until all parts named in `expected` are built, one after the other.

    expected: the seconds of each on an idle machine of the usual kind. taken: the seconds of finished ones.
    under_way: the seconds so far of unfinished ones. It assumes that this machine stays as much slower or
    faster as it was so far.
    """
    ready = sum(expected[name] for name in taken)
    begun = ready + sum(expected[name] for name in under_way)
    pace = sum(taken.values()) / ready if ready else 1.0
    if begun:
        # A part that already takes longer than it should says that the machine has become slower.
        pace = max(pace, (sum(taken.values()) + sum(under_way.values())) / begun)
    waiting = sum(seconds for name, seconds in expected.items() if name not in taken and name not in under_way)
    return pace * waiting + sum(max(pace * expected[name] - seconds, 0) for name, seconds in under_way.items())


def in_words(seconds: float) -> str:
    """An estimate in words, for example "about 6 minutes left"."""
    if seconds >= 90:  # noqa: PLR2004 - from here on it rounds to two minutes
        return f"about {round(seconds / 60)} minutes left"
    return "about a minute left" if seconds >= 45 else "less than a minute left"  # noqa: PLR2004 - half of it, rounded up
