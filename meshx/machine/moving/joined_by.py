"""Whose machine it is: the machine remembers which stack joined it last.

It is another mesh's if both stack and cluster are others. A stack that was renamed has its cluster still, and one whose
cluster was made anew has its name. Two stacks of one name, in different backends, are one to a machine.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from enum import Enum, auto

from meshx.cluster.cluster_client import ClusterError
from meshx.cluster.cluster_identity import uid_of
from meshx.machine.observation import Observation
from meshx.machine.surroundings import Surroundings

RELEASE = "run `sudo rm /var/lib/meshx/joined-by` on the machine"
"""How to make a machine nobody's, in words."""
_FORMER = "the mesh that meshx:former names"


@dataclass(frozen=True)
class JoinedBy:
    """A stack as `<project>/<stack>`, and the UID of its cluster; each "" where it is not known."""

    stack: str = ""
    cluster: str = ""

    def __str__(self) -> str:
        return f"{self.stack} {self.cluster}"

    @property
    def words(self) -> str:
        """For messages."""
        return f"stack {self.stack} (cluster {self.cluster or 'unknown'})" if self.stack else _FORMER


class Whose(Enum):
    """Whose machine one is, seen from a Join."""

    OURS = auto()
    """This stack's, or nobody's."""
    UNKNOWN = auto()
    """Of a stack of another name, in a cluster that it does not name: this one renamed, or another mesh's."""
    FORMER = auto()
    """Of the mesh that machines come over from."""
    ANOTHERS = auto()
    """Of another mesh."""


def joined_by(text: str) -> JoinedBy:
    """Return what a machine remembers, as the script wrote it."""
    stack, _, cluster = text.strip().partition(" ")
    return JoinedBy(stack, cluster)


def own_mark(around: Surroundings) -> JoinedBy | None:
    """Return what this stack writes on its machines; None if it, or its cluster, is not known."""
    stack = _own_stack(around)
    with contextlib.suppress(ClusterError):
        if stack and (cluster := uid_of(around.cluster)):
            return JoinedBy(stack, cluster)
    return None


def _own_stack(around: Surroundings) -> str:
    parts = around.operation.urn.split("::")
    # urn:pulumi:<stack>::<project>::<types>::<name>
    return f"{parts[1]}/{parts[0].rpartition(':')[2]}" if len(parts) > 1 else ""


def noted_otherwise(seen: Observation, own: JoinedBy | None) -> str:
    """Words for a machine that is this stack's, and that has not noted it as `own` says; "" if it has.

    It shows that a stack was renamed, or its cluster made anew. Once it is both, the machine is another mesh's, so the
    mark is to follow each by itself.
    """
    return "" if own is None or joined_by(seen.joined_by) == own else joined_by(seen.joined_by).words


async def whose(seen: Observation, around: Surroundings) -> Whose:
    """Tell whose machine was seen. A machine of the classic line that no stack has marked is of the former mesh.

    Only the mark of another stack has the clusters asked: this one's and the former. Raises ClusterError if one of them
    does not say which it is.
    """
    mark, own = joined_by(seen.joined_by), _own_stack(around)
    if not mark.stack:
        return Whose.FORMER if around.former is not None and seen.retiring else Whose.OURS
    if mark.stack == own or not own:
        return Whose.OURS
    return await asyncio.to_thread(_judged, mark, around) if mark.cluster else Whose.UNKNOWN


def _judged(mark: JoinedBy, around: Surroundings) -> Whose:
    cluster = uid_of(around.cluster)
    if cluster == mark.cluster:
        return Whose.OURS
    if around.former is not None and uid_of(around.former) == mark.cluster:
        return Whose.FORMER
    return Whose.ANOTHERS if cluster else Whose.UNKNOWN


def anothers_words(machine: str, seen: Observation) -> str:
    """Words for a machine that another mesh has, with what to do. One of the classic line may come over."""
    comes = ". If it is to come over to this mesh, name that cluster's context here (`meshx:former: {context}`)"
    return (
        f"{machine} is a machine of {joined_by(seen.joined_by).words}, which joined it last: take it out of one of the "
        f"two files{comes if seen.retiring else ''}. If that stack no longer exists, {RELEASE}, and it is nobody's"
    )
