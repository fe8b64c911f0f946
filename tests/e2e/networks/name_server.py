"""Names over the wire (RFC 1035): a server on this computer with one address for every name, and a question to any."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address

from sandbox.network.addresses import HOST_ADDRESS
from sandbox.network.name_server import answered

ANSWER = "10.9.8.7"
_TYPE_A = 1
_HEADER = struct.Struct(">HHHHHH")


@contextmanager
def name_server(address: str = str(HOST_ADDRESS.ip)) -> Iterator[str]:
    """Serve until the block ends at an address, by default one that the cluster reaches; gives `address:port`."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as served:
        served.bind((address, 0))
        served.settimeout(0.2)
        over = threading.Event()
        serving = threading.Thread(target=_serve, args=(served, over))
        serving.start()
        try:
            yield f"{address}:{served.getsockname()[1]}"
        finally:
            over.set()
            serving.join()


def asked(name: str, server: str, port: int = 53) -> str:
    """The first IPv4 address that a server gives for a name; empty for none, or no answer within two seconds."""
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    question = labels + struct.pack(">BHH", 0, _TYPE_A, 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(2)
        asking.sendto(_HEADER.pack(1, 0x0100, 1, 0, 0, 0) + question, (server, port))
        try:
            answer = asking.recv(4096)
        except (TimeoutError, ConnectionRefusedError):
            return ""
    found = _HEADER.unpack_from(answer)[3]
    return str(IPv4Address(answer[-4:])) if found else ""


def _serve(served: socket.socket, over: threading.Event) -> None:
    while not over.is_set():
        try:
            query, asker = served.recvfrom(4096)
        except TimeoutError:
            continue
        served.sendto(answered(query, lambda _: [IPv4Address(ANSWER)], ttl=0), asker)
