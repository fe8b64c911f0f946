"""Somebody who answers on a port where the charts' Services without selector lead, and somebody who asks."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

from sandbox.network.addresses import HOST_ADDRESS

ADDRESS = str(HOST_ADDRESS.ip)
"""Where pods reach this computer."""
SECONDS = 20.0
SHORT = 64


@contextlib.contextmanager
def answering(port: int, words: bytes) -> Iterator[None]:
    """Say these words to whoever connects, until the block ends."""
    with socket.create_server((ADDRESS, port)) as listening:
        serving = threading.Thread(target=_serve, args=(listening, words), daemon=True)
        serving.start()
        yield
        listening.shutdown(socket.SHUT_RDWR)
        serving.join(SECONDS)


def said(address: str, port: int, words: bytes) -> bytes:
    """What is said at an address, once it is these words, or the last that was said after some seconds."""
    deadline = time.monotonic() + SECONDS
    while True:
        heard = _heard(address, port)
        if heard == words or time.monotonic() > deadline:
            return heard
        time.sleep(0.5)


def _heard(address: str, port: int) -> bytes:
    with contextlib.suppress(OSError), socket.create_connection((address, port), timeout=2) as connection:
        return connection.recv(SHORT)
    return b""


def _serve(listening: socket.socket, words: bytes) -> None:
    with contextlib.suppress(OSError):
        while True:
            connection, _ = listening.accept()
            with connection:
                connection.sendall(words)
