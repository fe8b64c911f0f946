"""Arguments of a mesh: exposed. Written by `python -m meshx.config.argument_types` from the models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypedDict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from typing_extensions import NotRequired


class ExposedArgs(TypedDict):
    """A service of the cluster that machines call as `<service>.<namespace>.global`."""

    service: str
    """The name of its Service."""
    namespace: str
    """The Service's namespace."""
    port: NotRequired[int]
    """One port of the Service. Left out: `ports`, or all its TCP ports."""
    ports: NotRequired[Sequence[int]]
    """Several ports of the Service. Left out: `port`, or all its TCP ports as they are when `pulumi` runs."""
    protocol: NotRequired[
        Literal["HTTP", "HTTP2", "GRPC", "GRPC-Web", "HTTPS", "TLS", "TCP", "MONGO", "MYSQL", "REDIS"]
    ]
    """The protocol of `port`. Left out: from the Service port's `appProtocol` (not on the classic line) or its name,
    else `TCP`."""
    service_account: NotRequired[str]
    """The service account of its pods; callers from other networks accept no other. Left out: the pods' service
    accounts when `pulumi` runs. Not for the classic line."""
    address: NotRequired[str]
    """The name's address on machines of other networks. Left out: a free address of 127.255.0.0/16, which the
    service keeps."""
    machines: NotRequired[Sequence[str]]
    """The machines that know the name; a workload's name stands for its `group`. Left out: all."""
