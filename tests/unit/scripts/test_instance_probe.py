"""The probe of an instance of a group: what its workload's asks, until the instance is about to go."""

import subprocess
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from meshx.join.leaving_probe import LONGEST_LEAVE, PROBE, leave_seconds, leaving_probe
from meshx.join.scripts_library import SCRIPTS

Asks = Callable[[dict[str, Any]], int]


@pytest.fixture
def leaving(tmp_path: Path) -> Path:
    """The file by which an instance knows that it is about to go."""
    return tmp_path / "leaving"


@pytest.fixture
def asks(tmp_path: Path, leaving: Path) -> Asks:
    """Asks as the sidecar would: the exit status of the probe's command, run where the mark is a test's own."""
    script = (SCRIPTS / "gce" / "probe.sh").read_text()
    assert "/run/meshx-leaving" in script
    (tmp_path / "probe.sh").write_text(script.replace("/run/meshx-leaving", str(leaving)))

    def status(probe: dict[str, Any]) -> int:
        wrapped = leaving_probe(probe)
        assert wrapped is not None
        command = [str(tmp_path / "probe.sh") if word == PROBE else word for word in wrapped["exec"]["command"]]
        return subprocess.run(command, capture_output=True, check=False, timeout=20).returncode

    return status


@pytest.fixture
def port() -> Iterator[int]:
    """Where a program serves: /healthz for those that say who they are, and nothing else."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            good = self.path == "/healthz" and self.headers.get("X-Probe") == "mesh x"
            self.send_response(200 if good else 503)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


def http(port: int, path: str = "/healthz") -> dict[str, Any]:
    headers = [{"name": "X-Probe", "value": "mesh x"}]
    return {"httpGet": {"path": path, "port": port, "scheme": "HTTP", "httpHeaders": headers}}


def test_an_instance_that_stays_is_asked_what_its_workload_says(asks: Asks, port: int) -> None:
    assert asks({"tcpSocket": {"host": "127.0.0.1", "port": port}}) == 0
    assert asks({"tcpSocket": {"host": "127.0.0.1", "port": 1}}) != 0
    assert asks(http(port)) == 0
    assert asks(http(port, "/other")) != 0
    assert asks({"exec": {"command": ["test", "a b", "=", "a b"]}}) == 0
    assert asks({"exec": {"command": ["false"]}}) != 0


def test_an_instance_that_is_about_to_go_fails_whatever_it_is_asked(asks: Asks, leaving: Path, port: int) -> None:
    leaving.touch()
    for probe in ({"tcpSocket": {"port": port}}, http(port), {"exec": {"command": ["true"]}}):
        assert asks(probe) == 1


def test_the_times_of_a_probe_stay_and_nothing_is_asked_where_there_is_none() -> None:
    assert leaving_probe({"tcpSocket": {"port": 1}, "periodSeconds": 2})["periodSeconds"] == 2  # type: ignore[index]
    assert leaving_probe(None) is None


def test_an_instance_serves_on_until_istiod_has_heard_and_has_told_all() -> None:
    assert leave_seconds({"periodSeconds": 2, "failureThreshold": 3}, 5) == 14
    assert leave_seconds({"periodSeconds": 60, "failureThreshold": 3}, 5) == LONGEST_LEAVE
    assert leave_seconds(None, 5) == 0
