"""What all end-to-end tests share: one sandbox, raised once, and what ends it kept for the very end."""

import random
import subprocess
import sys
from collections.abc import Iterator

import pytest

from sandbox import lifecycle, machines, stack
from sandbox.lifecycle import BOOT_FILE
from sandbox.paths import REPO


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker of tests that end the sandbox."""
    config.addinivalue_line("markers", "ends_the_sandbox: takes the sandbox down; runs after all others")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests that end the sandbox last, so that they disturb no other."""
    items.sort(key=lambda item: item.get_closest_marker("ends_the_sandbox") is not None)


SECOND_MACHINE = "vm-3"
"""A second machine of the cluster's network, for the tests alone: vm-2 is on another."""


def _say(line: str) -> None:
    print(line, file=sys.stderr)


@pytest.fixture(scope="session")
def sandbox() -> Iterator[None]:
    """The sandbox, up and without a stack. In the end it is as it was found: with its stack, without, or down."""
    was_up, had_stack = BOOT_FILE.exists(), stack.is_deployed()
    # First: what a stack was made with is named by paths below this folder's link to the running state.
    lifecycle.up(_say)
    if had_stack:
        stack.destroy()
    machines.start(SECOND_MACHINE)
    yield
    machines.stop(SECOND_MACHINE)
    # A process of its own: tests may have ended the sandbox, and this process remembers its former certificates.
    subprocess.run([sys.executable, "-m", "sandbox", "up" if was_up else "down"], check=True, cwd=REPO)
    if had_stack:
        subprocess.run([sys.executable, "-m", "sandbox.stack", "up"], check=True, cwd=REPO)


@pytest.fixture
def chance() -> random.Random:
    """Chance whose seed is printed, so that a failure can be had again."""
    seed = random.randrange(10**6)  # noqa: S311 - moments to kill at, no secrets
    print(f"seed {seed}")
    return random.Random(seed)  # noqa: S311
