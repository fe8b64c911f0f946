"""A metadata server and a cluster's API server for the scripts of an instance, over HTTP and over TLS."""

import json
import ssl
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.unit.stand_ins.certificates_for_tests import signs_itself

ACCESS_TOKEN = "ya29.who-the-instance-is"
TOKEN = "eyJhbGciOi.eyJhdWQiOlsiaXN0aW8tY2EiXX0.c2lnbmF0dXJl"
ROOT = "-----BEGIN CERTIFICATE-----\nMIIBroot+/=\n-----END CERTIFICATE-----\n"


@dataclass
class Google:
    """What both servers answer, and what they were asked."""

    startup_script: str = ""
    instance_id: str = "4711"
    metadata_status: int = 200
    """What the metadata server answers with."""
    refused: str = ""
    """A part of the path that the API server refuses."""
    failures: int = 0
    """How many requests to the API server fail before one succeeds."""
    package: bytes = b""
    former_packages: list[bytes] = field(default_factory=list[bytes])
    """What is served in its place, one after the other."""
    secret: dict[str, str] | None = None
    """The `data` of the Secret that Citadel keeps for the workload; None while there is none."""
    secret_type: str = "istio.io/key-and-cert"
    asked: list[tuple[str, str, Any]] = field(default_factory=list)
    metadata_port: int = 0
    api_port: int = 0

    def metadata(self, path: str, flavor: str | None) -> tuple[int, str]:
        """Status and text."""
        if flavor != "Google":
            return 403, "Missing Metadata-Flavor:Google header."
        if self.metadata_status != 200:
            return self.metadata_status, "The requested URL was not found."
        if path.endswith("/service-accounts/default/token"):
            return 200, json.dumps({"access_token": ACCESS_TOKEN, "expires_in": 3599, "token_type": "Bearer"})
        if path.endswith("/instance/id"):
            return 200, self.instance_id
        return 200, self.startup_script

    def api(self, method: str, path: str, bearer: str, body: Any) -> tuple[int, dict[str, Any]]:
        """Status and JSON."""
        self.asked.append((method, path, body))
        if self.failures:
            self.failures -= 1
            return 503, {"kind": "Status", "message": "the server is busy"}
        if bearer != f"Bearer {ACCESS_TOKEN}":
            return 401, {"kind": "Status", "message": "Unauthorized"}
        if self.refused and self.refused in path:
            return 403, {"kind": "Status", "message": f'serviceaccounts "{self.refused}" is forbidden'}
        if "/secrets/" in path:
            return self._secret(path.rpartition("/")[2])
        if path.endswith("/configmaps/istio-ca-root-cert"):
            return 200, {"metadata": {"managedFields": [{"f:root-cert.pem": {}}]}, "data": {"root-cert.pem": ROOT}}
        return 201, {"kind": "TokenRequest", "spec": body["spec"], "status": {"token": TOKEN}}

    def _secret(self, name: str) -> tuple[int, dict[str, Any]]:
        if self.secret is None:
            return 404, {"kind": "Status", "message": f'secrets "{name}" not found', "reason": "NotFound"}
        fields = {f"f:{entry}": {} for entry in self.secret}
        managed = [{"fieldsV1": {"f:data": fields, "f:type": {}}}]
        metadata = {"name": name, "managedFields": managed}
        return 200, {"kind": "Secret", "metadata": metadata, "data": self.secret, "type": self.secret_type}


class Servers:
    """Both, on ports of 127.0.0.1, and the certificate that the API server's is checked by."""

    def __init__(self, google: Google, folder: Path) -> None:
        class Metadata(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                # A proxy is asked by the whole URL.
                if self.path.endswith("/package"):
                    former = google.former_packages
                    status, content = 200, former.pop(0) if former else google.package
                else:
                    status, text = google.metadata(self.path, self.headers.get("Metadata-Flavor"))
                    content = text.encode()
                _send(self, status, content)

            def log_message(self, *_: Any) -> None:
                return

        class Api(BaseHTTPRequestHandler):
            def _any(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(length)) if length else None
                status, answer = google.api(self.command, self.path, self.headers.get("Authorization") or "", body)
                _send(self, status, json.dumps(answer, indent=2).encode())

            do_GET = do_POST = _any  # noqa: N815 - as above

            def log_message(self, *_: Any) -> None:
                return

        self._metadata = ThreadingHTTPServer(("127.0.0.1", 0), Metadata)
        self._api = ThreadingHTTPServer(("127.0.0.1", 0), Api)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate = signs_itself(folder / "server.pem", "kube-apiserver", "kubernetes.default.svc")
        (folder / "api-server-ca.pem").write_bytes(certificate)
        context.load_cert_chain(folder / "server.pem")
        self._api.socket = context.wrap_socket(self._api.socket, server_side=True)
        google.metadata_port, google.api_port = self._metadata.server_port, self._api.server_port
        for server in (self._metadata, self._api):
            threading.Thread(target=server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stop serving."""
        for server in (self._metadata, self._api):
            server.shutdown()
            server.server_close()


def _send(handler: BaseHTTPRequestHandler, status: int, content: bytes) -> None:
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    handler.wfile.write(content)
