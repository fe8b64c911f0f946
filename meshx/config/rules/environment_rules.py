"""The file's environment, compared with the name of the stack that uses it."""

from collections.abc import Iterator

from meshx.config.errors.problems import Problem
from meshx.config.rules.written import Written


def problems(stack: Written, stack_name: str) -> Iterator[Problem]:
    """A file that is another environment's than the stack's name says."""
    place = stack.get("environment", "name")
    name = place.text
    if name and stack_name != name and not stack_name.startswith(f"{name}-"):
        yield Problem(
            place.location,
            f"this file belongs to environment {name}, and the stack is called {stack_name}: it would change the "
            f"cluster of {name}",
            f"a stack called {name} or {name}-<more>; a file of its own for {stack_name}, with its own meshx:cluster",
        )
