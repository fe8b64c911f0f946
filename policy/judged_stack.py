"""Which stack is judged, and so by which environment's levels: as the engine or a resource's URN names it."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Callable, Generator, Iterable

from policy.environments import Environment, environment_of

UNNAMED_STACK = (
    "policies: neither the engine nor the URN of any resource names the stack, so it is judged as production"
)


def stack_of(urn: str) -> str:
    """The stack that a resource's URN names, "" where it names none.

    Source: sdk/go/common/resource/urn/urn.go: `urn:pulumi:<stack>::<project>::<types>::<name>`.
    """
    head, separator, _ = urn.partition("::")
    return head.removeprefix("urn:pulumi:") if separator and head.startswith("urn:pulumi:") else ""


class JudgedStack:
    """Sets the levels for each call of the engine, by `enforce`; an exported state may hold several stacks."""

    def __init__(self, enforce: Callable[[Environment], None]) -> None:
        self._enforce = enforce
        self.known: Environment | None = None
        self._said = False
        self._lock = threading.Lock()

    def say_if_unnamed(self) -> None:
        """Say, once, that what is judged now is judged as production, if nobody has named a stack."""
        if self.known is None and not self._said:
            self._said = True
            print(UNNAMED_STACK, file=sys.stderr, flush=True)

    @contextlib.contextmanager
    def by(self, stacks: Iterable[str]) -> Generator[None]:
        """Have the levels of these stacks' environment for what is judged meanwhile: of the strictest of several.

        A call that names none is judged as the last that did, and as production where none did.
        """
        with self._lock:
            environments = {environment_of(stack) for stack in stacks if stack}
            if environments:
                self.known = max(environments, key=list(Environment).index)
            self._enforce(self.known or environment_of(""))
            yield
