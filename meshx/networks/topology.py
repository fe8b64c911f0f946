"""The networks of one mesh."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Networks:
    """The networks of a mesh.

    own: the cluster's, "" where it has no name. gateways: those of which the mesh knows a gateway on port 15443.
    secluded: those whose machines nobody outside reaches. named_by_stack: whether the stack itself names the cluster's.
    gateway_passes: whether the cluster's gateway listens on port 15443; with machines elsewhere the stack has it do so.
    """

    own: str
    gateways: frozenset[str] = frozenset()
    secluded: frozenset[str] = frozenset()
    named_by_stack: bool = True
    gateway_passes: bool = True

    def is_elsewhere(self, network: str) -> bool:
        """Whether a machine's network is another than the cluster's."""
        return bool(network) and network != self.own
