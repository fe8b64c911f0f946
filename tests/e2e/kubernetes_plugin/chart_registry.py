"""A registry with one chart in it, read only, by TLS: as much of the OCI distribution protocol as Helm uses."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import ssl
import tarfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import yaml

from tests.unit.stand_ins.certificates_for_tests import signs_itself

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.cncf.helm.config.v1+json"
CHART = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
"""Media types of a chart (helm.sh/docs/topics/registries, Helm chart manifest)."""
HOST = "127.0.0.1"


@contextlib.contextmanager
def chart_registry(chart: Path, repository: str, folder: Path) -> Iterator[tuple[str, Path]]:
    """Serve a chart's folder under `repository/<its name>`: the registry's `host:port`, and whom to trust for it."""
    server = ThreadingHTTPServer((HOST, 0), _handler(_answers(chart, f"{repository}/{chart.name}")))
    trusted = folder / "registry.pem"
    trusted.write_bytes(signs_itself(folder / "server.pem", "registry of a test"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"{HOST}:{server.server_address[1]}", trusted
    finally:
        server.shutdown()
        server.server_close()


def _answers(chart: Path, name: str) -> dict[str, tuple[str, bytes]]:
    """Media type and content by path."""
    about = yaml.safe_load((chart / "Chart.yaml").read_text())
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        archive.add(chart, arcname=chart.name)
    blobs = [(CONFIG, json.dumps(about).encode()), (CHART, packed.getvalue())]
    described = [{"mediaType": kind, "digest": _digest(blob), "size": len(blob)} for kind, blob in blobs]
    manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": described[0], "layers": described[1:]}
    content = json.dumps(manifest).encode()
    answers = {f"/v2/{name}/blobs/{_digest(blob)}": ("application/octet-stream", blob) for _, blob in blobs}
    for reference in (about["version"], _digest(content)):
        answers[f"/v2/{name}/manifests/{reference}"] = (MANIFEST, content)
    tags = json.dumps({"name": name, "tags": [about["version"]]}).encode()
    return {**answers, "/v2/": ("application/json", b"{}"), f"/v2/{name}/tags/list": ("application/json", tags)}


def _handler(answers: dict[str, tuple[str, bytes]]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            unknown = json.dumps({"errors": [{"code": "MANIFEST_UNKNOWN", "message": "manifest unknown"}]}).encode()
            kind, content = answers.get(self.path.partition("?")[0], ("application/json", unknown))
            self.send_response(404 if content is unknown else 200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Docker-Content-Digest", _digest(content))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(content)

        do_HEAD = do_GET  # noqa: N815 - the library's name

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            """Say nothing."""

    return Handler


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
