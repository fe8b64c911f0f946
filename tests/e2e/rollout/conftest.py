"""The stack that these tests follow."""

from tests.e2e.stack.conftest import new_project

__all__ = ["new_project"]
