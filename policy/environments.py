"""The environments that rules are enforced by, and which of them a stack belongs to."""

from enum import Enum


class Environment(Enum):
    """Where a stack is used, by the first part of its name: `prod` and `prod-eu` are production."""

    DEV = "dev"
    STAGING = "staging"
    PROD = "prod"


UNNAMED = Environment.STAGING
"""What a stack of any other name is taken for: nothing unsafe is let through, and nothing is asked that only production
needs."""


def environment_of(stack: str) -> Environment:
    """The environment of a stack, by its name; production where there is none, so that nothing is overlooked."""
    if not stack:
        return Environment.PROD
    first = stack.rpartition("/")[2].partition("-")[0]
    return next((known for known in Environment if known.value == first), UNNAMED)
