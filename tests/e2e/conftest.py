"""What all end-to-end tests share: one sandbox, raised once, and what ends it kept for the very end."""

import random
import sys

import pytest

from sandbox import lifecycle


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker of tests that end the sandbox."""
    config.addinivalue_line("markers", "ends_the_sandbox: takes the sandbox down; runs after all others")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests that end the sandbox last, so that they disturb no other."""
    items.sort(key=lambda item: item.get_closest_marker("ends_the_sandbox") is not None)


@pytest.fixture(scope="session")
def sandbox() -> None:
    """The sandbox, up. It stays up after the tests that do not end it."""
    lifecycle.up(lambda line: print(line, file=sys.stderr))


@pytest.fixture
def chance() -> random.Random:
    """Chance whose seed is printed, so that a failure can be had again."""
    seed = random.randrange(10**6)  # noqa: S311 - moments to kill at, no secrets
    print(f"seed {seed}")
    return random.Random(seed)  # noqa: S311
