"""The same project as for the tests of stacks."""

from tests.e2e.stack.conftest import new_project

__all__ = ["new_project"]
