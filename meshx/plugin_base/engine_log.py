"""Messages to the engine, which shows each beside its resource."""

from __future__ import annotations

import threading

import grpc
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

from meshx.plugin_base.custom_resource import Severity

_SECONDS = 5.0


class EngineLog:
    """The engine's `Log` call (engine.proto). It drops messages before `connect`, and while the engine is gone."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._address = ""
        self._engine: engine_pb2_grpc.EngineStub | None = None

    @property
    def address(self) -> str:
        """The engine's address, `host:port`; empty before `connect`."""
        with self._lock:
            return self._address

    def connect(self, address: str) -> None:
        """Send to the engine at `host:port` from now on; an empty address changes nothing."""
        with self._lock:
            if address and address != self._address:
                self._address = address
                self._engine = engine_pb2_grpc.EngineStub(grpc.insecure_channel(address))

    def write(self, severity: Severity, message: str, urn: str = "") -> None:
        """Show `message`, beside the resource `urn` if one is given. Never raises."""
        with self._lock:
            engine = self._engine
        if engine is None:
            return
        request = engine_pb2.LogRequest(
            severity=engine_pb2.LogSeverity.ValueType(severity.value), message=message, urn=urn
        )
        try:
            engine.Log(request, timeout=_SECONDS)  # pyright: ignore[reportUnknownMemberType] - the stub file lacks it
        except (grpc.RpcError, ValueError):
            return
