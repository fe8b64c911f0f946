"""The networks of one mesh."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Networks:
    """The networks of a mesh.

    own: the cluster's, "" without a name. gateways: networks whose gateway on port 15443 the mesh knows. unreachable:
    networks whose machines nobody outside reaches. named_by_stack: whether the stack itself names the cluster's
    network. gateway_passes: whether the cluster's gateway listens on port 15443; with machines on other networks the
    stack makes it listen.
    """

    own: str
    gateways: frozenset[str] = frozenset()
    secluded: frozenset[str] = frozenset()
    named_by_stack: bool = True
    gateway_passes: bool = True

    def is_elsewhere(self, network: str) -> bool:
        """Whether a machine is on another network than the cluster's."""
        return bool(network) and network != self.own
