"""A plugin whose one resource does what a test gives it, and the engine's side of a channel to it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2_grpc, provider_pb2_grpc, status_pb2

from meshx.plugin_base.custom_resource import Diff, Operation, Read, Resource
from meshx.plugin_base.grpc_base import ProviderService
from meshx.plugin_base.plugin import Plugin
from meshx.plugin_base.property_diff import compare
from meshx.plugin_base.property_values import Properties
from meshx.plugin_base.serving import start_server

TOKEN = "test:index:Thing"
URN = f"urn:pulumi:dev::project::{TOKEN}::one"


@dataclass
class Scripted(Resource):
    """Calls `on[method]` where a test gives one, and keeps what it was called with."""

    on: dict[str, Callable[..., Any]] = field(default_factory=dict)
    calls: list[tuple[Any, ...]] = field(default_factory=list)

    def _answer(self, method: str, default: Any, *arguments: Any) -> Any:
        self.calls.append((method, *arguments))
        return self.on[method](*arguments) if method in self.on else default

    def check(self, news: Properties, olds: Properties | None, operation: Operation) -> Any:
        return self._answer("check", (news, ()), news, olds, operation)

    def diff(
        self, resource_id: str, olds: Properties, old_inputs: Properties, news: Properties, operation: Operation
    ) -> Diff:
        return self._answer("diff", compare(old_inputs, news), resource_id, olds, old_inputs, news, operation)

    def create(self, news: Properties, operation: Operation) -> tuple[str, Properties]:
        return self._answer("create", ("id-1", news), news, operation)

    def read(self, resource_id: str, inputs: Properties, state: Properties, operation: Operation) -> Read:
        return self._answer("read", Read(resource_id, inputs, state), resource_id, inputs, state, operation)

    def update(
        self, resource_id: str, olds: Properties, old_inputs: Properties, news: Properties, operation: Operation
    ) -> Properties:
        return self._answer("update", news, resource_id, olds, old_inputs, news, operation)

    def delete(self, resource_id: str, olds: Properties, old_inputs: Properties, operation: Operation) -> None:
        self._answer("delete", None, resource_id, olds, old_inputs, operation)


class PluginForTests(Plugin):
    """Serves one Scripted resource and keeps its configuration."""

    name = "test"
    version = "1.2.3"

    def __init__(self) -> None:
        self.resource = Scripted()
        self.configuration: Properties = {}

    def configure(self, configuration: Properties, operation: Operation) -> None:
        self.configuration = configuration

    def resource_for(self, token: str) -> Resource:
        return {TOKEN: self.resource}[token]

    def invoke(self, token: str, arguments: Properties, preview: bool, operation: Operation) -> Properties:
        return arguments if token == "test:index:echo" else super().invoke(token, arguments, preview, operation)


class EngineForTests(engine_pb2_grpc.EngineServicer):
    """An engine's host that keeps what is logged to it."""

    def __init__(self) -> None:
        self.logged: list[Any] = []

    def Log(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802 - the .proto's name
        self.logged.append(request)
        return empty_pb2.Empty()


@dataclass
class Served:
    """A plugin being served: its service, a stub to call it by, and the engine that it logs to."""

    plugin: PluginForTests
    service: ProviderService
    stub: provider_pb2_grpc.ResourceProviderStub
    engine: EngineForTests
    engine_address: str


@contextmanager
def served() -> Iterator[Served]:
    """Serve a fresh plugin and a fresh engine over real channels."""
    plugin, engine = PluginForTests(), EngineForTests()
    engine_server, engine_port = start_server(
        lambda server: engine_pb2_grpc.add_EngineServicer_to_server(engine, server)
    )
    address = f"127.0.0.1:{engine_port}"
    service = ProviderService(plugin, address)
    server, port = start_server(
        lambda server: provider_pb2_grpc.add_ResourceProviderServicer_to_server(service, server)
    )
    # As the engine's Go client, which knows no limit on what a trailer holds.
    with grpc.insecure_channel(f"127.0.0.1:{port}", [("grpc.max_metadata_size", 16 * 1024 * 1024)]) as channel:
        yield Served(plugin, service, provider_pb2_grpc.ResourceProviderStub(channel), engine, address)
    server.stop(None)
    engine_server.stop(None)


def details_of(error: grpc.RpcError) -> status_pb2.Status:
    """The google.rpc.Status that came with an error."""
    metadata = dict(error.trailing_metadata())
    return status_pb2.Status.FromString(metadata["grpc-status-details-bin"])
