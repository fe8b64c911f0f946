"""Whose an object is: the mark that tells one stack's objects from those of every other stack."""

from __future__ import annotations

import re
from dataclasses import dataclass

from meshx.istio.unambiguous_names import sum_of

LONGEST = 63
"""Of a label's value
(https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set)."""
_SUM = 10


@dataclass(frozen=True)
class Owner:
    """A stack, as its objects name it.

    mark: the value of the owner label. name: what people read, and what earlier versions wrote as the mark. Stacks
    may share a name, but not a mark.
    """

    mark: str
    name: str

    @property
    def marks(self) -> tuple[str, str]:
        """What this stack's objects may bear, the present mark first. Another stack's may bear the second, too."""
        return self.mark, self.name


def stack_owner(organisation: str, backend: str, project: str, stack: str) -> Owner:
    """The owner that a stack is. `backend`: its normalised URL (meshx/stack/backend.py), "" if it is not known."""
    total = sum_of((organisation, backend, project, stack), _SUM)
    whole = f"{project}.{stack}"
    name = whole[: LONGEST - _SUM - 1].strip("-_.")
    return Owner(f"{name}.{total}" if name else total, whole[:LONGEST].rstrip("-_."))


def stated_owner(mark: str) -> Owner:
    """The owner with a mark that the stack's file states: an earlier one, if the stack was renamed or moved."""
    return Owner(mark, re.sub(rf"\.[0-9a-f]{{{_SUM}}}$", "", mark))
