"""The service `ResourceProvider` of pulumi.runtime.proto (provider.proto, SDK 3.272) on top of a `Plugin`.

It asks the engine for marked secrets and for previews, for outputs if it has components, and for no resources.
"""

# ruff: noqa: N802 - the methods of a gRPC service have the names of its .proto

from __future__ import annotations

import json
import threading
import traceback
from collections.abc import Callable, Sequence
from typing import Any, NoReturn, TypeVar

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from meshx.plugin_base.constructing import ConstructError, constructed
from meshx.plugin_base.custom_resource import (
    CheckFailure,
    Operation,
    PartialFailure,
    Resource,
    ResourceError,
    Severity,
)
from meshx.plugin_base.diff_response import diff_response
from meshx.plugin_base.engine_log import EngineLog
from meshx.plugin_base.failures import status_of
from meshx.plugin_base.plugin import Plugin
from meshx.plugin_base.property_values import Properties, from_struct, to_struct
from meshx.plugin_base.secrecy import mark_secrets, mask, plain_properties

_Response = TypeVar("_Response")
_Resourceful = (
    provider_pb2.CheckRequest
    | provider_pb2.DiffRequest
    | provider_pb2.CreateRequest
    | provider_pb2.ReadRequest
    | provider_pb2.UpdateRequest
    | provider_pb2.DeleteRequest
    | provider_pb2.ConfigureRequest
)
# What the engine itself keeps in a provider's inputs.
_ENGINES_OWN = ("version", "pluginDownloadURL", "__internal")


class ProviderService(provider_pb2_grpc.ResourceProviderServicer):
    """Serves one plugin to one engine; `cancelled` is set once somebody tells the engine, or the process, to stop."""

    def __init__(self, plugin: Plugin, engine_address: str = "") -> None:
        self.plugin = plugin
        self._constructs = bool(plugin.constructor)
        self.cancelled = threading.Event()
        self.engine_log = EngineLog()
        self.engine_log.connect(engine_address)
        self._configuration: Properties = {}

    # --- the plugin itself ---

    def Handshake(self, request: provider_pb2.ProviderHandshakeRequest, context: grpc.ServicerContext) -> Any:
        self.engine_log.connect(request.engine_address)
        return provider_pb2.ProviderHandshakeResponse(
            accept_secrets=True, accept_outputs=self._constructs, accept_resources=self._constructs
        )

    def Attach(self, request: plugin_pb2.PluginAttach, context: grpc.ServicerContext) -> Any:
        self.engine_log.connect(request.address)
        return empty_pb2.Empty()

    def GetPluginInfo(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> Any:
        return plugin_pb2.PluginInfo(version=self.plugin.version)

    def GetSchema(self, request: provider_pb2.GetSchemaRequest, context: grpc.ServicerContext) -> Any:
        return provider_pb2.GetSchemaResponse(schema=json.dumps(self.plugin.schema()))

    def Cancel(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> Any:
        self.cancelled.set()
        return empty_pb2.Empty()

    def Parameterize(self, request: provider_pb2.ParameterizeRequest, context: grpc.ServicerContext) -> Any:
        self._refuse(context, "takes no parameters (Parameterize)")

    def Call(self, request: provider_pb2.CallRequest, context: grpc.ServicerContext) -> Any:
        self._refuse(context, f"has no methods on resources (Call {request.tok})")

    def Construct(self, request: provider_pb2.ConstructRequest, context: grpc.ServicerContext) -> Any:
        if not self._constructs:
            self._refuse(context, f"has no components (Construct {request.type})")
        try:
            return constructed(self.plugin.constructor, request, self.engine_log.address, self.cancelled)
        except ConstructError as error:
            context.abort_with_status(error.status)

    # --- its configuration ---

    def CheckConfig(self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext) -> Any:
        return self._check(request, context, self.plugin.check_config)

    def DiffConfig(self, request: provider_pb2.DiffRequest, context: grpc.ServicerContext) -> Any:
        olds, news = from_struct(request.old_inputs), from_struct(request.news)

        def answer() -> provider_pb2.DiffResponse:
            operation = self._operation(request, olds, news)
            return diff_response(self.plugin.diff_config(plain_properties(olds), plain_properties(news), operation))

        return self._guarded(context, request.urn, (olds, news), answer)

    def Configure(self, request: provider_pb2.ConfigureRequest, context: grpc.ServicerContext) -> Any:
        given = {key: value for key, value in from_struct(request.args).items() if key not in _ENGINES_OWN}
        self._configuration = given

        def answer() -> provider_pb2.ConfigureResponse:
            self.plugin.configure(plain_properties(given), self._operation(request, given))
            return provider_pb2.ConfigureResponse(
                acceptSecrets=True,
                supportsPreview=True,
                acceptOutputs=self._constructs,
                acceptResources=self._constructs,
            )

        return self._guarded(context, request.urn, (given,), answer)

    def Invoke(self, request: provider_pb2.InvokeRequest, context: grpc.ServicerContext) -> Any:
        given = from_struct(request.args)

        def answer() -> provider_pb2.InvokeResponse:
            log = self._log("", given)
            operation = Operation("", request.tok, request.tok, request.preview, cancelled=self.cancelled, log=log)
            result = self.plugin.invoke(request.tok, plain_properties(given), request.preview, operation)
            response = provider_pb2.InvokeResponse()
            # The field is called `return`, which Python cannot write after a dot.
            getattr(response, "return").CopyFrom(to_struct(mark_secrets(result, given)))
            return response

        return self._guarded(context, "", (given,), answer)

    # --- its resources ---

    def Check(self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext) -> Any:
        def check(
            news: Properties, olds: Properties | None, operation: Operation
        ) -> tuple[Properties, Sequence[CheckFailure]]:
            return self._resource(operation).check(news, olds, operation)

        return self._check(request, context, check)

    def Diff(self, request: provider_pb2.DiffRequest, context: grpc.ServicerContext) -> Any:
        given = tuple(from_struct(part) for part in (request.olds, request.old_inputs, request.news))

        def answer() -> provider_pb2.DiffResponse:
            operation = self._operation(request, *given, ignore_changes=tuple(request.ignoreChanges))
            olds, old_inputs, news = (plain_properties(part) for part in given)
            return diff_response(self._resource(operation).diff(request.id, olds, old_inputs, news, operation))

        return self._guarded(context, request.urn, given, answer)

    def Create(self, request: provider_pb2.CreateRequest, context: grpc.ServicerContext) -> Any:
        news = from_struct(request.properties)

        def answer() -> provider_pb2.CreateResponse:
            operation = self._operation(request, news, preview=request.preview, timeout=request.timeout)
            resource_id, outputs = self._resource(operation).create(plain_properties(news), operation)
            return provider_pb2.CreateResponse(id=resource_id, properties=to_struct(mark_secrets(outputs, news)))

        return self._guarded(context, request.urn, (news,), answer)

    def Read(self, request: provider_pb2.ReadRequest, context: grpc.ServicerContext) -> Any:
        inputs, state = from_struct(request.inputs), from_struct(request.properties)

        def answer() -> provider_pb2.ReadResponse:
            operation = self._operation(request, inputs, state, timeout=request.timeout)
            found = self._resource(operation).read(
                request.id, plain_properties(inputs), plain_properties(state), operation
            )
            if not found.id:
                return provider_pb2.ReadResponse()
            if found.reasons:
                raise PartialFailure(found.id, found.outputs, found.reasons, found.inputs)
            return provider_pb2.ReadResponse(
                id=found.id,
                properties=to_struct(mark_secrets(found.outputs, inputs, state)),
                inputs=to_struct(mark_secrets(found.inputs, inputs)),
            )

        return self._guarded(context, request.urn, (inputs, state), answer)

    def Update(self, request: provider_pb2.UpdateRequest, context: grpc.ServicerContext) -> Any:
        olds, old_inputs, news = (from_struct(part) for part in (request.olds, request.old_inputs, request.news))

        def answer() -> provider_pb2.UpdateResponse:
            operation = self._operation(
                request,
                olds,
                old_inputs,
                news,
                preview=request.preview,
                timeout=request.timeout,
                ignore_changes=tuple(request.ignoreChanges),
            )
            outputs = self._resource(operation).update(
                request.id, plain_properties(olds), plain_properties(old_inputs), plain_properties(news), operation
            )
            return provider_pb2.UpdateResponse(properties=to_struct(mark_secrets(outputs, news)))

        return self._guarded(context, request.urn, (news, olds, old_inputs), answer)

    def Delete(self, request: provider_pb2.DeleteRequest, context: grpc.ServicerContext) -> Any:
        olds, old_inputs = from_struct(request.properties), from_struct(request.old_inputs)

        def answer() -> empty_pb2.Empty:
            operation = self._operation(request, olds, old_inputs, timeout=request.timeout)
            self._resource(operation).delete(
                request.id, plain_properties(olds), plain_properties(old_inputs), operation
            )
            return empty_pb2.Empty()

        return self._guarded(context, request.urn, (olds, old_inputs), answer)

    # --- what the calls have in common ---

    def _check(
        self,
        request: provider_pb2.CheckRequest,
        context: grpc.ServicerContext,
        check: Callable[[Properties, Properties | None, Operation], tuple[Properties, Sequence[CheckFailure]]],
    ) -> Any:
        olds, news = from_struct(request.olds), from_struct(request.news)

        def answer() -> provider_pb2.CheckResponse:
            operation = self._operation(request, news, olds, random_seed=request.randomSeed)
            inputs, failures = check(plain_properties(news), plain_properties(olds) or None, operation)
            return provider_pb2.CheckResponse(
                inputs=to_struct(mark_secrets(inputs, news)),
                failures=[
                    provider_pb2.CheckFailure(property=failure.property, reason=self._mask(failure.reason, news))
                    for failure in failures
                ],
            )

        return self._guarded(context, request.urn, (news, olds), answer)

    def _operation(self, request: _Resourceful, *given: Properties, **more: Any) -> Operation:
        log = self._log(request.urn, *given)
        return Operation(request.urn, request.type, request.name, cancelled=self.cancelled, log=log, **more)

    def _log(self, urn: str, *given: Properties) -> Callable[[Severity, str], None]:
        return lambda severity, message: self.engine_log.write(severity, self._mask(message, *given), urn)

    def _resource(self, operation: Operation) -> Resource:
        try:
            return self.plugin.resource_for(operation.type).during(operation)
        except KeyError:
            raise ResourceError(
                f"plugin {self.plugin.name} {self.plugin.version} has no resource type {operation.type}"
            ) from None

    def _guarded(
        self,
        context: grpc.ServicerContext,
        urn: str,
        given: Sequence[Properties],
        answer: Callable[[], _Response],
    ) -> _Response:
        try:
            return answer()
        except ResourceError as error:
            failure: Exception = error
        except Exception as error:
            # Any error that a resource did not foresee: the user gets one line, `--debug` the whole of it.
            self.engine_log.write(Severity.DEBUG, self._mask(traceback.format_exc(), *given), urn)
            failure = error
        return self._abort(context, failure, *given)

    def _abort(self, context: grpc.ServicerContext, failure: Exception, *given: Properties) -> NoReturn:
        context.abort_with_status(status_of(failure, *given, self._configuration))
        raise AssertionError("unreachable: abort_with_status raises")

    def _refuse(self, context: grpc.ServicerContext, what: str) -> NoReturn:
        context.abort(grpc.StatusCode.UNIMPLEMENTED, f"plugin {self.plugin.name} {what}")
        raise AssertionError("unreachable: abort raises")

    def _mask(self, text: str, *given: Properties) -> str:
        return mask(text, *given, self._configuration)
