"""`python -m bench [joining|previews|reviews|imports|growth ...]`: what meshx costs, as ratios."""

import argparse
import os
import sys
from collections.abc import Callable, Iterator

from bench import growth, imports, joining, previews, reviews
from bench.ratio import Ratio, table
from sandbox.builds import host

SUBJECTS: dict[str, Callable[[], Iterator[Ratio]]] = {
    "joining": joining.measure,
    "previews": previews.measure,
    "reviews": reviews.measure,
    "imports": imports.measure,
    "growth": growth.measure,
}


def main() -> int:
    """Measure the subjects that are named, or all; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure meshx on this computer.")
    parser.add_argument("subjects", nargs="*", metavar="SUBJECT", help=f"one of {', '.join(SUBJECTS)}; all, if none")
    subjects = parser.parse_args().subjects or list(SUBJECTS)
    if unknown := set(subjects) - set(SUBJECTS):
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    if missing := host.what_is_missing():
        sys.stderr.write(f"{missing}\n")
        return 1
    # Else each program that is measured compiles meshx first, where whoever measures has Python write no bytecode.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    ratios: list[Ratio] = []
    for subject in subjects:
        for ratio in SUBJECTS[subject]():
            sys.stdout.write(f"{ratio}\n")
            sys.stdout.flush()
            ratios.append(ratio)
    sys.stdout.write(table(ratios))
    return 0


if __name__ == "__main__":
    sys.exit(main())
