"""A server on a port of this computer that pods and machines reach, and that answers nobody without a certificate."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable
from pathlib import Path

from sandbox.network.addresses import HOST_ADDRESS

ADDRESS = str(HOST_ADDRESS.ip)
"""Where stand-ins are reached by pods, by machines of the cluster's network, and by the gateway for all others."""
PATIENCE_SECONDS = 10.0

Answer = Callable[[str, ssl.SSLSocket], None]
"""What is done with a caller: its SPIFFE identity, and the connection."""


class TlsServer:
    """Serves in threads of this process until `close`."""

    def __init__(self, port: int, chain: Path, key: Path, root: Path, answer: Answer) -> None:
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(chain, key)
        self._context.load_verify_locations(root)
        self._context.verify_mode = ssl.CERT_REQUIRED
        self._answer = answer
        self._port = port
        self.callers: list[str] = []
        """The identities of all that have called, in their order; what was refused is not among them."""
        self.open()

    def present(self, chain: Path, key: Path) -> None:
        """Show this certificate from now on."""
        self._context.load_cert_chain(chain, key)

    def open(self) -> None:
        """Take the port."""
        self._listening = socket.create_server((ADDRESS, self._port))
        self._serving = threading.Thread(target=self._serve, args=(self._listening,), daemon=True)
        self._serving.start()

    def close(self) -> None:
        """Let go of the port."""
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._serving.join(PATIENCE_SECONDS)

    def _serve(self, listening: socket.socket) -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=self._converse, args=(connection,), daemon=True).start()

    def _converse(self, connection: socket.socket) -> None:
        connection.settimeout(PATIENCE_SECONDS)
        # Whoever breaks off, or is refused, is none of the others' matter.
        with connection, contextlib.suppress(OSError), self._context.wrap_socket(connection, server_side=True) as talk:
            identity = _identity(talk)
            self.callers.append(identity)
            self._answer(identity, talk)
            # With a word of farewell: OpenSSL's clients take an end without one for an error.
            talk.unwrap()


def _identity(talk: ssl.SSLSocket) -> str:
    certificate = talk.getpeercert() or {}
    names = certificate.get("subjectAltName", ())
    return next((str(name) for kind, name in names if kind == "URI"), "")
