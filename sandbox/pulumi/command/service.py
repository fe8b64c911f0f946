"""The plugin's service, where the official one differs from meshx's own plugins.

It sees the Secret marks in Check and Diff, masks nothing in errors and messages (the engine masks the stack's
secret configuration, and nothing else), and shows a command's output as a status, which is gone when the run ends
(provider/pkg/provider/util, LogOutput: InfoStatus).
"""

# ruff: noqa: N802 - the methods of a gRPC service have the names of its .proto

from typing import Any, NoReturn

import grpc
from pulumi.runtime.proto import engine_pb2, provider_pb2

from meshx.plugin_base.custom_resource import Severity
from meshx.plugin_base.diff_response import diff_response
from meshx.plugin_base.engine_log import EngineLog
from meshx.plugin_base.failures import status_of
from meshx.plugin_base.grpc_base import ProviderService
from meshx.plugin_base.plugin import Plugin
from meshx.plugin_base.property_values import Properties, from_struct, to_struct
from sandbox.pulumi.command.command_inputs import checked
from sandbox.pulumi.command.differences import difference

_SECONDS = 5.0


class Status(str):
    """A message that the engine shows only while the operation lasts."""


class StatusLog(EngineLog):
    """The engine's log, with passing messages."""

    def write(self, severity: Severity, message: str, urn: str = "") -> None:
        """Show `message` as its type says. Never raises."""
        engine = self._engine
        if not isinstance(message, Status) or engine is None:
            super().write(severity, message, urn)
            return
        number = engine_pb2.LogSeverity.ValueType(severity.value)
        try:
            engine.Log(
                engine_pb2.LogRequest(severity=number, message=message, urn=urn, ephemeral=True), timeout=_SECONDS
            )
        except (grpc.RpcError, ValueError):
            return


class CommandService(ProviderService):
    """Serves the command plugin to one engine."""

    def __init__(self, plugin: Plugin, engine_address: str = "") -> None:
        super().__init__(plugin)
        self.engine_log = StatusLog()
        self.engine_log.connect(engine_address)

    def Check(self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext) -> Any:
        def answer() -> provider_pb2.CheckResponse:
            self._resource(self._operation(request))
            inputs, failures = checked(from_struct(request.news))
            return provider_pb2.CheckResponse(
                inputs=to_struct(inputs),
                failures=[provider_pb2.CheckFailure(property=one.property, reason=one.reason) for one in failures],
            )

        return self._guarded(context, request.urn, (), answer)

    def Diff(self, request: provider_pb2.DiffRequest, context: grpc.ServicerContext) -> Any:
        def answer() -> provider_pb2.DiffResponse:
            self._resource(self._operation(request))
            olds, state, news = (from_struct(part) for part in (request.old_inputs, request.olds, request.news))
            return diff_response(difference(olds, state, news, request.ignoreChanges))

        return self._guarded(context, request.urn, (), answer)

    def _mask(self, text: str, *given: Properties) -> str:
        return text

    def _abort(self, context: grpc.ServicerContext, failure: Exception, *given: Properties) -> NoReturn:
        context.abort_with_status(status_of(failure))
        raise AssertionError("unreachable: abort_with_status raises")
