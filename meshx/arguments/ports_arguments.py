"""Arguments of a mesh: ports. Written by `python -m meshx.config.argument_types` from the models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypedDict

if TYPE_CHECKING:
    from typing_extensions import NotRequired


class PortArgs(TypedDict):
    """A port of a workload."""

    name: str
    """The port's name. Istio reads the protocol from its first part: `http`, `tcp-data`, `grpc-web`."""
    port: int
    """The port that callers use."""
    target_port: NotRequired[int]
    """The port that the machines listen on. Left out: `port`."""
    protocol: NotRequired[
        Literal["HTTP", "HTTP2", "GRPC", "GRPC-Web", "HTTPS", "TLS", "TCP", "MONGO", "MYSQL", "REDIS"]
    ]
    """The protocol. Left out: the first part of the name."""
