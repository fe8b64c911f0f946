"""Pilot, as far as machines need it to start: mutual TLS on port 15011."""

from __future__ import annotations

import ssl
from pathlib import Path

from tests.e2e.classic.stand_ins.authority import Authority
from tests.e2e.classic.stand_ins.tls_server import TlsServer

PORT = 15011


def pilot(authority: Authority, folder: Path) -> TlsServer:
    """Serve Pilot's port."""
    chain, key = authority.serving("istio-pilot", folder)
    root = folder / "pilot-root.pem"
    root.write_bytes(authority.root)
    return TlsServer(PORT, chain, key, root, _greet)


def _greet(identity: str, talk: ssl.SSLSocket) -> None:
    talk.sendall(b"\n")
