"""Where the sidecar's package comes from, and that it is the one that is meant."""

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from meshx.machine.sidecar_package import package_file
from meshx.plugin_base.custom_resource import ResourceError

CONTENT = b"a package"
SUM = hashlib.sha256(CONTENT).hexdigest()


class Shelf:
    """A server of one package, that counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0
        shelf = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                shelf.asked += 1
                # A proxy is asked by the whole URL.
                self.send_response(200 if self.path.endswith("/istio-sidecar.deb") else 404)
                self.end_headers()
                self.wfile.write(CONTENT)

            def log_message(self, *_: object) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/istio-sidecar.deb"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shelf]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    shelf = Shelf()
    yield shelf
    shelf.server.shutdown()
    shelf.server.server_close()


def test_a_url_is_fetched_once_for_all_machines(shelf):
    files = {package_file({"source": shelf.url, "sha256": SUM}) for _ in range(3)}
    assert [file.read_bytes() for file in files] == [CONTENT]
    assert shelf.asked == 1


def test_a_url_is_fetched_through_the_proxy_that_is_named(shelf):
    proxy = shelf.url.rpartition("/")[0]
    url = "http://packages.invalid/istio-sidecar.deb"
    assert package_file({"source": url, "sha256": SUM, "proxy": proxy}).read_bytes() == CONTENT


def test_a_proxy_that_does_not_answer_is_named(shelf):
    with pytest.raises(ResourceError, match=r"istio-sidecar.deb through http://127.0.0.1:1 \("):
        package_file({"source": shelf.url, "sha256": SUM, "proxy": "http://127.0.0.1:1"})


def test_a_download_with_another_sum_is_refused_and_not_kept(shelf, tmp_path):
    with pytest.raises(ResourceError, match=rf"has the SHA-256 {SUM}, and 0+ is configured"):
        package_file({"source": shelf.url, "sha256": "0" * 64})
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == []


def test_a_url_that_leads_nowhere_is_told_with_the_remedy(shelf, tmp_path):
    with pytest.raises(ResourceError, match=r"cannot be fetched from .*404.*meshx:sidecar.url, or name a file"):
        package_file({"source": shelf.url + ".gone", "sha256": SUM})
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == []


def test_a_file_that_is_not_there_is_named():
    with pytest.raises(ResourceError, match=r"package /nowhere.deb is not there: correct meshx:sidecar"):
        package_file({"source": "/nowhere.deb", "sha256": SUM})
