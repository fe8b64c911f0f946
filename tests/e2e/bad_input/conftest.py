"""The stack's project for the tests of bad input."""

from tests.e2e.stack.conftest import new_project

__all__ = ["new_project"]
