"""What a port carries, as Istio reads it from a Service.

Source: istio/pkg/config/kube/conversion.go, ConvertProtocol, and pkg/config/protocol/instance.go, Parse. 1.1 to 1.4
read names alike (pilot/pkg/serviceregistry/kube/conversion.go), and know no `appProtocol`.
"""

from __future__ import annotations

from typing import Literal

Protocol = Literal["HTTP", "HTTP2", "GRPC", "GRPC-Web", "HTTPS", "TLS", "TCP", "MONGO", "MYSQL", "REDIS"]

HTTP_PROTOCOLS = ("HTTP", "HTTP2", "GRPC", "GRPC-Web")
"""Protocols that proxies route by the name in the request; they route all others by address and port."""
TLS_PROTOCOLS = ("HTTPS", "TLS")
"""Protocols that proxies route by the name that the connection begins with."""

_WORDS: dict[str, Protocol] = {
    "http": "HTTP",
    # Routed by the name in the request, as HTTP is (protocol.Instance.IsHTTP).
    "http_proxy": "HTTP",
    "http2": "HTTP2",
    "grpc": "GRPC",
    "grpc-web": "GRPC-Web",
    "https": "HTTPS",
    "tls": "TLS",
    "tcp": "TCP",
    "mongo": "MONGO",
    "mysql": "MYSQL",
    "redis": "REDIS",
}
_OF_KUBERNETES: dict[str, Protocol] = {
    "kubernetes.io/h2c": "HTTP2",
    "kubernetes.io/ws": "HTTP",
    "kubernetes.io/wss": "HTTPS",
}
"""Words of Kubernetes' own, taken as they are written, and as `appProtocol` only."""
_GRPC_WEB = "grpc-web"
_TCP_WHEN_SILENT = (25, 53, 3306, 27017)
"""Ports on which Istio does not look at the first bytes, since there the server speaks first."""


def named_protocol(name: str) -> Protocol | None:
    """The protocol that a port's name states, None where it states none: its part before the first `-`, in any case.

    What begins with `grpc-web` is that, whatever follows.
    """
    lower = name.lower()
    return _WORDS.get(_GRPC_WEB if lower.startswith(_GRPC_WEB) else lower.partition("-")[0])


def service_port_protocol(port: int, name: str, app_protocol: str = "") -> Protocol | None:
    """The protocol of a Service's TCP port; None where Istio goes by the first bytes of each connection.

    app_protocol: "" where the port has none, or where Istio does not read it. With it, the name says nothing.
    """
    stated = _OF_KUBERNETES.get(app_protocol) or named_protocol(app_protocol or name)
    return stated or ("TCP" if port in _TCP_WHEN_SILENT else None)
