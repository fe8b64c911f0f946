"""A project of the program, as for the tests of stacks."""

from tests.e2e.stack.conftest import new_project

__all__ = ["new_project"]
