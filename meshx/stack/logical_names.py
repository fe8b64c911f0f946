"""Logical names of a mesh's resources: those of its stack's file as they are, those of others under the mesh's name.

A URN has the types of a resource's parents and not their names, so that two meshes of one program need names of their
own for all that they make. They are public: states have them, and a change needs aliases.
"""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

_PREFIX: ContextVar[str] = ContextVar("_PREFIX", default="")


@contextmanager
def names_below(prefix: str) -> Generator[None, None, None]:
    """Have all names that are made in this block begin with a prefix; "" leaves them as they are."""
    token = _PREFIX.set(prefix)
    try:
        yield
    finally:
        _PREFIX.reset(token)


def named(own: str) -> str:
    """A resource's logical name; own: what it is called in a mesh whose names have no prefix."""
    return _PREFIX.get() + own
