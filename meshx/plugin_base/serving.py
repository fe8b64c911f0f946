"""The process of a plugin: it serves one engine, and ends when told to, or when the engine is gone."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import FrameType

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from meshx.plugin_base.grpc_base import ProviderService
from meshx.plugin_base.plugin import Plugin

# The engine runs up to --parallel operations at once, and Cancel must get through while they all wait.
_THREADS = 256
# Cancelled operations get this long to say how far they came; the engine kills after 5 s
# (sdk/go/common/resource/plugin/plugin.go, Kill).
GRACE_SECONDS = 4.0
_PARENT_CHECK_SECONDS = 1.0
# State of several megabytes is usual (CRDs, charts); gRPC's default limit is 4 MiB (SDK: runtime/_grpc_settings.py).
_LARGEST_MESSAGE = 400 * 1024 * 1024


def start_server(register: Callable[[grpc.Server], object]) -> tuple[grpc.Server, int]:
    """Serve what `register` adds on a free port of the loopback: returns the running server and its port."""
    limits = ("grpc.max_receive_message_length", "grpc.max_send_message_length")
    options = [(limit, _LARGEST_MESSAGE) for limit in limits]
    server = grpc.server(ThreadPoolExecutor(max_workers=_THREADS), options=options)
    register(server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    return server, port


def serve_until_told(register: Callable[[grpc.Server], object], leaving: Callable[[], None]) -> None:
    """Print the port and serve until SIGINT, SIGTERM or the parent's end; then call `leaving` and end the process.

    The engine reads the port from the first line of standard output and tells a plugin to leave by SIGINT.
    """
    # Unlike an Event's lock, this queue can take a signal's write during a read.
    told: queue.SimpleQueue[int] = queue.SimpleQueue()

    def stop(number: int, frame: FrameType | None) -> None:
        told.put(number)

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    parent = os.getppid()
    server, port = start_server(register)
    print(port, flush=True)
    # A killed engine tells nobody; its plugins get another parent.
    while os.getppid() == parent:
        with contextlib.suppress(queue.Empty):
            told.get(timeout=_PARENT_CHECK_SECONDS)
            break
    leaving()
    server.stop(GRACE_SECONDS).wait()
    sys.stdout.flush()
    sys.stderr.flush()
    # An operation that ignores the cancellation would otherwise keep the interpreter waiting for its thread.
    os._exit(0)


def engine_address(arguments: Sequence[str]) -> str:
    """The engine's address among a plugin's arguments: it comes after the flags; empty if there is none."""
    return next((argument for argument in reversed(arguments) if not argument.startswith("-")), "")


def serve(plugin: Plugin) -> None:
    """Serve `plugin` to the engine that started this process, until told to stop. Does not return."""
    service = ProviderService(plugin, engine_address(sys.argv[1:]))
    serve_until_told(
        lambda server: provider_pb2_grpc.add_ResourceProviderServicer_to_server(service, server),
        service.cancelled.set,
    )
