"""The stack that the policies check, and so the environment's levels: from the engine or a resource's URN."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Callable, Generator, Iterable

from meshx_policy.environments import Environment, environment_of

UNNAMED_STACK = "policies: neither the engine nor the URN of any resource names the stack, so it counts as production"


def stack_of(urn: str) -> str:
    """The stack that a resource's URN names, "" for none.

    Source: sdk/go/common/resource/urn/urn.go: `urn:pulumi:<stack>::<project>::<types>::<name>`.
    """
    head, separator, _ = urn.partition("::")
    return head.removeprefix("urn:pulumi:") if separator and head.startswith("urn:pulumi:") else ""


class JudgedStack:
    """Sets the levels for each call of the engine, with `enforce`; an exported state may hold several stacks."""

    def __init__(self, enforce: Callable[[Environment], None]) -> None:
        self._enforce = enforce
        self.known: Environment | None = None
        self._said = False
        self._lock = threading.Lock()

    def say_if_unnamed(self) -> None:
        """Print, once, that the stack counts as production, if nothing has named it."""
        if self.known is None and not self._said:
            self._said = True
            print(UNNAMED_STACK, file=sys.stderr, flush=True)

    @contextlib.contextmanager
    def by(self, stacks: Iterable[str]) -> Generator[None]:
        """Set the levels of these stacks' environment for the checks meanwhile; for several, the strictest.

        A call that names no stack uses the last named one, or production without any.
        """
        with self._lock:
            environments = {environment_of(stack) for stack in stacks if stack}
            if environments:
                self.known = max(environments, key=list(Environment).index)
            self._enforce(self.known or environment_of(""))
            yield
