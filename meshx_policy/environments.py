"""The environments that decide how strict rules are, and the environment of a stack."""

from enum import Enum


class Environment(Enum):
    """Where a stack is used, by the first part of its name: `prod` and `prod-eu` are production."""

    DEV = "dev"
    STAGING = "staging"
    PROD = "prod"


UNNAMED = Environment.STAGING
"""The environment of a stack with any other name: it allows nothing unsafe, and requires nothing that only production
needs."""


def environment_of(stack: str) -> Environment:
    """The environment of a stack, by its name; production without a name, so that no rule is skipped."""
    if not stack:
        return Environment.PROD
    first = stack.rpartition("/")[2].partition("-")[0]
    return next((known for known in Environment if known.value == first), UNNAMED)
