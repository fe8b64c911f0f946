"""Where instances fetch the sidecar's package: a web server on the sandbox's host, which is their Internet."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from sandbox.network.addresses import HOST_ADDRESS
from sandbox.paths import STATE

PACKAGE = "istio-sidecar.deb"


@dataclass(frozen=True)
class Mirror:
    """Where the package is, and what sha256sum says of it."""

    url: str
    sha256: str


def mirror(port: int, folder: Path = STATE) -> Mirror:
    """The mirror at a port of the host's."""
    digest = hashlib.sha256((folder / PACKAGE).read_bytes()).hexdigest()
    return Mirror(f"http://{HOST_ADDRESS.ip}:{port}/{PACKAGE}", digest)


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (http.server's name)
        """Nothing."""


@contextmanager
def serving(folder: Path = STATE, port: int = 0) -> Iterator[Mirror]:
    """Serve the sandbox's package until the block ends."""
    handler = partial(_Quiet, directory=str(folder))
    with ThreadingHTTPServer((str(HOST_ADDRESS.ip), port), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield mirror(server.server_address[1], folder)
        finally:
            server.shutdown()
            thread.join()
