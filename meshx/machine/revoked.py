"""The machines that a stack revoked: nobody logs in to them, since they may be an attacker's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from meshx.machine.join_inputs import JoinInputs


@dataclass(frozen=True)
class Revoked:
    """What the provider's configuration says in `revoked`.

    ``machines``: their names. ``hosts``: where they were logged in to, so that another name does not lead there.
    ``accounts``: the service accounts that the mesh refuses, as ``namespace/name``.
    """

    machines: frozenset[str] = frozenset()
    hosts: frozenset[str] = frozenset()
    accounts: frozenset[str] = frozenset()

    @classmethod
    def of(cls, settings: Mapping[str, Any] | None) -> Revoked:
        """Read it; nobody where a stack says nothing."""
        given = settings or {}
        return cls(*(frozenset(map(str, given.get(key) or ())) for key in ("machines", "hosts", "accounts")))

    def has(self, inputs: JoinInputs) -> bool:
        """Whether this machine is one of them."""
        return inputs.machine in self.machines or inputs.connection.login.host in self.hosts
