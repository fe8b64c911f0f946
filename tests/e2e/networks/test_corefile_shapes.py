"""Corefiles as they are met, with our part in them, served by CoreDNS itself: what a question over UDP is answered."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from meshx.cluster.dns.corefile import DnsForward, with_forward
from sandbox.builds import artifact
from tests.e2e.networks.name_server import ANSWER, asked, name_server

LOOPBACK = "127.0.0.1"
START_SECONDS = 20.0
PLAIN = ".:{plain} {{\n    errors\n    forward . 127.0.0.1:1\n}}\n"
# Without a certificate CoreDNS starts as well, and pods could not ask it either way.
OVER_TLS = "tls://.:{tls} {{\n    forward . 127.0.0.1:1\n}}\n"
SECOND = "dns://.:{second} {{\n    errors\n}}\n"
SHAPES = {
    "one block": PLAIN,
    "one beside an encrypted one": PLAIN + OVER_TLS,
    "an encrypted one first": OVER_TLS + PLAIN,
    "two ports": PLAIN + SECOND,
    "a zone of others beside": "corp.example:{plain} {{\n    errors\n}}\n" + PLAIN,
}


def free_ports(count: int) -> list[int]:
    """Ports on which nobody listens now."""
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind((LOOPBACK, 0))
    ports = [int(one.getsockname()[1]) for one in sockets]
    for one in sockets:
        one.close()
    return ports


@contextmanager
def coredns(folder: Path, corefile: str) -> Iterator[None]:
    """CoreDNS with this Corefile until the block ends."""
    (folder / "Corefile").write_text(corefile)
    log = (folder / "log").open("w")
    command = [str(artifact("coredns") / "coredns"), "-conf", "Corefile"]
    running = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, env={**os.environ, "HOME": str(folder)})
    try:
        yield
        assert running.poll() is None, (folder / "log").read_text()
    finally:
        running.terminate()
        running.wait(10)
        log.close()


@pytest.mark.parametrize("shape", SHAPES)
def test_a_question_for_the_domain_is_answered_by_the_server_it_is_forwarded_to(shape: str, tmp_path: Path) -> None:
    plain, tls, second = free_ports(3)
    others = SHAPES[shape].format(plain=plain, tls=tls, second=second)
    with name_server(LOOPBACK) as server:
        whole = with_forward(others, DnsForward("global", (server,), "meshx.dev"))
        with coredns(tmp_path, whole):
            for port in [plain, *([second] if SECOND in SHAPES[shape] else [])]:
                deadline = time.monotonic() + START_SECONDS
                while (answer := asked("web.bar.global", LOOPBACK, port)) != ANSWER and time.monotonic() < deadline:
                    time.sleep(0.2)
                assert answer == ANSWER, (tmp_path / "log").read_text()
                assert asked("web.example", LOOPBACK, port) == ""
