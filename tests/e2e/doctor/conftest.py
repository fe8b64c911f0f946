"""The stack's project for the doctor's tests."""

from tests.e2e.stack.conftest import new_project

__all__ = ["new_project"]
