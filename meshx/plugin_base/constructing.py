"""Components that a plugin makes for a program in another language: each in a process of its own.

The engine's `Construct` hands over a component's arguments and the address of its monitor, and the component registers
its children there, as a program does. The SDK keeps that address, the callbacks of hooks and all outstanding work for
one process, and a plugin gets several of these calls at once: so a process for each, as each program has one.

A process gets the request on standard input and answers on standard output; what it prints goes to standard error.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Sequence

import grpc
from pulumi.runtime.proto import provider_pb2, status_pb2

from meshx.plugin_base.failures import RpcStatus

AT_ONCE = 8
"""How many components are made at once; each takes some 100 MB."""

OK = b"+"
"""The first byte of an answer that is a response; a google.rpc.Status follows FAILED."""
FAILED = b"-"

_PLACES = threading.BoundedSemaphore(AT_ONCE)
_CHECK_SECONDS = 0.2
_END_SECONDS = 2.0
_CODES = {code.value[0]: code for code in grpc.StatusCode}


class ConstructError(Exception):
    """A component that was not made; `status` is what the engine is told."""

    def __init__(self, status: RpcStatus) -> None:
        super().__init__(status.details)
        self.status = status


def constructed(
    command: Sequence[str], request: provider_pb2.ConstructRequest, engine: str, cancelled: threading.Event
) -> provider_pb2.ConstructResponse:
    """Make a component by a command. Raises ConstructError.

    The command's last words are this process's id, since it has to end with this process, and the engine's address.
    """
    with _PLACES:
        answer = _answer([*command, str(os.getpid()), engine], request.SerializeToString(), cancelled)
    if answer[:1] == OK:
        return provider_pb2.ConstructResponse.FromString(answer[1:])
    if answer[:1] == FAILED:
        status = status_pb2.Status.FromString(answer[1:])
        raise ConstructError(RpcStatus(_CODES[status.code], status.message, *status.details))
    why = "cancelled" if cancelled.is_set() else "its process ended without an answer; what it printed says why"
    raise ConstructError(RpcStatus(grpc.StatusCode.UNKNOWN, f"{request.name} was not made: {why}"))


def _answer(command: Sequence[str], request: bytes, cancelled: threading.Event) -> bytes:
    # The plugin's folders of modules may be its own doing, and a new process would not find them.
    modules = {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=sys.stderr, env={**os.environ, **modules}
    ) as process:
        given: bytes | None = request
        while True:
            try:
                # Called again after a timeout, it goes on where it was.
                return process.communicate(given, timeout=_CHECK_SECONDS)[0]
            except subprocess.TimeoutExpired:
                given = None
            if cancelled.is_set():
                process.terminate()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    return process.communicate(timeout=_END_SECONDS)[0]
                process.kill()
