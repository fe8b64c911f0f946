"""Stands between the engine and a policy pack: it learns the stack before the pack starts.

It does as the official language host (Pulumi SDK: sdk/policy_proxy.go). The engine gets the proxy's port instead of
the pack's. Once the engine names the stack, or asks anything else, the pack starts with the stack in its
environment, hears the stack, and answers every further call. `pulumi policy analyze` names no stack; then the pack
hears one with an empty name.
"""

# ruff: noqa: N802 - the methods of a gRPC service have the names of its .proto

import json
import threading
from collections.abc import Callable
from functools import partialmethod
from typing import Any

import grpc
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

from meshx.plugin_base.serving import start_server

_PAUSE_SECONDS = 0.2
_GRACE_SECONDS = 1.0


class PackError(Exception):
    """The pack did not start; the engine shows the text."""


class PolicyProxy(analyzer_pb2_grpc.AnalyzerServicer):
    """Serves one engine for one pack on `port` of the loopback."""

    def __init__(self) -> None:
        self._stack: analyzer_pb2.AnalyzerStackConfigureRequest | None = None
        self._asked = threading.Event()
        self._pack: Any = None
        self._failure = ""
        self._settled = threading.Event()
        self._server, self.port = start_server(
            lambda server: analyzer_pb2_grpc.add_AnalyzerServicer_to_server(self, server)
        )

    def stop(self) -> None:
        """Stop serving, and release those who still wait for the pack."""
        self._settle("policy pack not started")
        # Answers under way still arrive.
        self._server.stop(_GRACE_SECONDS)

    def environment(self, wanted: Callable[[], bool]) -> dict[str, str]:
        """The stack as variables, once the engine has named it or asked something else, while `wanted` returns true."""
        while not self._asked.wait(_PAUSE_SECONDS):
            if not wanted():
                return {}
        if self._stack is None:
            return {}
        told = {
            "PULUMI_ORGANIZATION": self._stack.organization,
            "PULUMI_PROJECT": self._stack.project,
            "PULUMI_STACK": self._stack.stack,
            "PULUMI_DRY_RUN": "true" if self._stack.dry_run else "false",
            "PULUMI_CONFIG": json.dumps(dict(self._stack.config)) if self._stack.config else "",
        }
        return {name: value for name, value in told.items() if value}

    def attach(self, first_line: bytes) -> None:
        """Forward calls to the pack, whose port is on the first line that it printed. Raises PackError."""
        if not first_line.strip().isdigit():
            self._settle("could not read policy pack port")
            raise PackError("could not attach policy pack proxy: could not read policy pack port")
        pack: Any = analyzer_pb2_grpc.AnalyzerStub(grpc.insecure_channel(f"127.0.0.1:{int(first_line)}"))
        try:
            pack.ConfigureStack(self._stack or analyzer_pb2.AnalyzerStackConfigureRequest())
        except grpc.RpcError as error:
            if error.code() is not grpc.StatusCode.UNIMPLEMENTED:  # pyright: ignore
                self._settle(f"policy pack configuration failed: {error.details()}")  # pyright: ignore
                raise PackError(f"could not attach policy pack proxy: {self._failure}") from None
        self._pack = pack
        self._settled.set()

    def Handshake(self, request: analyzer_pb2.AnalyzerHandshakeRequest, context: grpc.ServicerContext) -> Any:
        return analyzer_pb2.AnalyzerHandshakeResponse()

    def ConfigureStack(self, request: analyzer_pb2.AnalyzerStackConfigureRequest, context: grpc.ServicerContext) -> Any:
        if not self._asked.is_set():
            self._stack = request
            self._asked.set()
        return analyzer_pb2.AnalyzerStackConfigureResponse()

    def _hand_on(self, method: str, request: Any, context: grpc.ServicerContext) -> Any:
        self._asked.set()
        self._settled.wait()
        if self._pack is None:
            context.abort(grpc.StatusCode.UNKNOWN, f"policy pack not started: {self._failure}")
        try:
            return getattr(self._pack, method)(request)
        except grpc.RpcError as error:
            context.abort(error.code(), error.details())  # pyright: ignore

    Analyze = partialmethod(_hand_on, "Analyze")
    AnalyzeStack = partialmethod(_hand_on, "AnalyzeStack")
    Remediate = partialmethod(_hand_on, "Remediate")
    GetAnalyzerInfo = partialmethod(_hand_on, "GetAnalyzerInfo")
    GetPluginInfo = partialmethod(_hand_on, "GetPluginInfo")
    Configure = partialmethod(_hand_on, "Configure")
    Cancel = partialmethod(_hand_on, "Cancel")

    def _settle(self, failure: str) -> None:
        self._failure = self._failure or failure
        self._settled.set()
