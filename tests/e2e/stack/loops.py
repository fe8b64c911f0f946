"""Something that is done again and again beside what a test does."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

LONGEST_SECONDS = 300.0


@contextmanager
def repeated(step: Callable[[], object]) -> Iterator[None]:
    """Do `step`s, one after another, until the block ends; the last is waited for. Raises what a step raised."""
    over = threading.Event()
    errors: list[BaseException] = []

    def run() -> None:
        try:
            while not over.is_set():
                step()
        except BaseException as error:
            errors.append(error)

    loop = threading.Thread(target=run)
    loop.start()
    try:
        yield
    finally:
        over.set()
        loop.join(LONGEST_SECONDS)
    for error in errors:
        raise error
