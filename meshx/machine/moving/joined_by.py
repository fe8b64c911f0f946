"""Whose machine it is: the machine remembers which stack joined it last.

It is another mesh's if both stack and cluster are others. A stack that was renamed has its cluster still, and one whose
cluster was made anew has its name.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import Enum, auto

from meshx.cluster.cluster_client import Cluster, ClusterError
from meshx.cluster.cluster_identity import uid_of
from meshx.machine.observation import Observation
from meshx.machine.surroundings import Surroundings

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
        return f"stack {self.stack} (cluster {self.cluster})" if self.stack else _FORMER

    def is_another_mesh_than(self, other: JoinedBy) -> bool:
        """Whether both are known, and differ in stack and cluster."""
        return all((self.stack, self.cluster, other.stack, other.cluster)) and (
            self.stack != other.stack and self.cluster != other.cluster
        )


class Whose(Enum):
    """Whose machine one is, seen from a Join."""

    OURS = auto()
    """This stack's, nobody's, or not known to be another mesh's."""
    FORMER = auto()
    """Of the mesh that machines come over from."""
    ANOTHERS = auto()
    """Of another mesh."""


def joined_by(text: str) -> JoinedBy:
    """Return what a machine remembers, as the script wrote it."""
    stack, _, cluster = text.strip().partition(" ")
    return JoinedBy(stack, cluster)


def own_mark(around: Surroundings) -> JoinedBy:
    """Return what this stack writes on its machines; the cluster is asked, and "" if it does not say."""
    parts = around.operation.urn.split("::")
    # urn:pulumi:<stack>::<project>::<types>::<name>
    stack = f"{parts[1]}/{parts[0].rpartition(':')[2]}" if len(parts) > 1 else ""
    return JoinedBy(stack, _known_uid(around.cluster) if stack else "")


async def whose(seen: Observation, around: Surroundings) -> Whose:
    """Tell whose machine was seen. A machine of the classic line that no stack has marked is of the former mesh.

    Raises ClusterError if the former cluster is asked and does not answer.
    """
    mark = joined_by(seen.joined_by)
    if not mark.stack:
        return Whose.FORMER if around.former is not None and seen.retiring else Whose.OURS
    return await asyncio.to_thread(_judged, mark, around)


def _judged(mark: JoinedBy, around: Surroundings) -> Whose:
    if not mark.is_another_mesh_than(own_mark(around)):
        return Whose.OURS
    if around.former is not None and uid_of(around.former) == mark.cluster:
        return Whose.FORMER
    return Whose.ANOTHERS


def anothers_words(machine: str, seen: Observation) -> str:
    """Words for a machine that another mesh has, with what to do."""
    return (
        f"{machine} is a machine of {joined_by(seen.joined_by).words}, which joined it last: take it out of one of the "
        "two files. If it is to come over to this mesh, name that cluster's context here (`meshx:former: {context}`)"
    )


def _known_uid(cluster: Cluster) -> str:
    try:
        return uid_of(cluster)
    except ClusterError:
        return ""
