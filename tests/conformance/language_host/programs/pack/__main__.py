"""A policy pack that answers with what it was started with and which stack it was told, in place of its description."""

# ruff: noqa: N802 - the methods of a gRPC service have the names of its .proto

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc


class Pack(analyzer_pb2_grpc.AnalyzerServicer):
    """Remembers the stack that it is told."""

    stack: str | None = None

    def ConfigureStack(self, request: analyzer_pb2.AnalyzerStackConfigureRequest, context: Any) -> Any:
        self.stack = request.stack
        return analyzer_pb2.AnalyzerStackConfigureResponse()

    def GetAnalyzerInfo(self, request: empty_pb2.Empty, context: Any) -> Any:
        seen = {
            "environment": dict(os.environ),
            "stack": self.stack,
            "folder": str(Path.cwd()),
            "unbuffered": int("-u" in sys.orig_argv),
        }
        return analyzer_pb2.AnalyzerInfo(name="pack", description=json.dumps(seen))


server = grpc.server(ThreadPoolExecutor(4))
analyzer_pb2_grpc.add_AnalyzerServicer_to_server(Pack(), server)
print(server.add_insecure_port("127.0.0.1:0"))
server.start()
server.wait_for_termination()
