"""Arguments of a mesh: networks. Written by `python -m meshx.config.argument_types` from the models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypedDict

if TYPE_CHECKING:
    from typing_extensions import NotRequired


class NetworkArgs(TypedDict):
    """A network of machines."""

    name: str
    """Its name, as in machines' `network`."""
    reachable: NotRequired[bool]
    """Whether pods, and machines of other networks, reach its machines at their addresses. `false`: nobody does, so
    they can only make calls. It has no effect on the cluster's own network."""
    api_server: NotRequired[Literal["endpoint", "gateway"]]
    """How its machines reach the cluster's API server, if they fetch their identity themselves: at its `endpoint`,
    or through the mesh's `gateway`, which passes TLS through to it (not on Istio 1.1 to 1.4). Required for instances of
    Compute Engine."""
