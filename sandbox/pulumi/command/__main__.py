"""The plugin's process, started by the engine."""

import sys

from pulumi.runtime.proto import provider_pb2_grpc

from meshx.plugin_base.serving import engine_address, serve_until_told
from sandbox.pulumi.command.plugin import CommandPlugin
from sandbox.pulumi.command.service import CommandService

service = CommandService(CommandPlugin(), engine_address(sys.argv[1:]))
serve_until_told(
    lambda server: provider_pb2_grpc.add_ResourceProviderServicer_to_server(service, server), service.cancelled.set
)
