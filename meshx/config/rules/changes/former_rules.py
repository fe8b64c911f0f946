"""Where machines come from: another cluster than the one that they go to."""

from collections.abc import Iterator

from meshx.config.errors.problems import Problem
from meshx.config.rules.written import Written


def problems(stack: Written) -> Iterator[Problem]:
    """A former mesh in the very cluster of this one."""
    former, context = stack.get("former", "context"), stack.get("cluster", "context").text
    if former.text and former.text == context:
        yield Problem(
            former.location,
            f"{context} is the cluster of this mesh (meshx:cluster.context): nobody comes from there",
            "the context of the cluster that the machines come from, or nothing under meshx:former",
        )
