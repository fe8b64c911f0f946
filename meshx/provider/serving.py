"""The process of a plugin: it serves one engine and leaves when it is told to, or when the engine is gone."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from types import FrameType

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from meshx.provider.grpc_base import ProviderService
from meshx.provider.plugin import Plugin

# The engine runs up to --parallel operations at once, and Cancel must get through while they all wait.
_THREADS = 256
# Operations that were told to stop get this long to say how far they came; the engine itself waits 5 s.
_GRACE_SECONDS = 4.0
_PARENT_CHECK_SECONDS = 1.0
# State of several megabytes is usual (CRDs, charts); gRPC's own limit is 4 MiB (SDK: runtime/_grpc_settings.py).
_LARGEST_MESSAGE = 400 * 1024 * 1024


def start_server(service: ProviderService) -> tuple[grpc.Server, int]:
    """Serve on a free port of the loopback: the running server and the port."""
    options = [
        ("grpc.max_receive_message_length", _LARGEST_MESSAGE),
        ("grpc.max_send_message_length", _LARGEST_MESSAGE),
    ]
    server = grpc.server(ThreadPoolExecutor(max_workers=_THREADS), options=options)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(service, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    return server, port


def serve(plugin: Plugin, arguments: Sequence[str] | None = None) -> None:
    """Print the port, serve until SIGINT, SIGTERM or the parent's end, and leave without a traceback.

    `arguments` are the process's (default: sys.argv[1:]): flags of the engine, then its address, which is there only
    with engines that do not shake hands.
    """
    given = sys.argv[1:] if arguments is None else arguments
    address = next((argument for argument in reversed(given) if not argument.startswith("-")), "")
    service = ProviderService(plugin, address)
    leave = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        leave.set()

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    server, port = start_server(service)
    print(port, flush=True)
    parent = os.getppid()
    while not leave.wait(_PARENT_CHECK_SECONDS) and os.getppid() == parent:
        pass
    service.cancelled.set()
    server.stop(_GRACE_SECONDS).wait()
    sys.stdout.flush()
    # An operation that did not heed the cancellation would otherwise keep the interpreter waiting for its thread.
    os._exit(0)
