"""An API server that answers and has nothing: enough for previews, whose objects it takes as they come.

Discovery, looks at what is not there, and dry runs of writes. It checks no object: the sandbox's cluster does that.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

GROUPS: dict[str, tuple[str, ...]] = {
    "v1": ("Namespace", "Service", "ServiceAccount", "ConfigMap", "Secret"),
    "networking.istio.io/v1": ("WorkloadEntry", "WorkloadGroup", "ServiceEntry", "Gateway", "VirtualService"),
}
"""The kinds that it knows, by group and version."""
PLURALS = {
    kind: f"{kind.lower()[:-1]}ies" if kind.endswith("y") else f"{kind.lower()}s"
    for kinds in GROUPS.values()
    for kind in kinds
}
VERSION = {"major": "1", "minor": "36", "gitVersion": "v1.36.0"}


@contextmanager
def serving_nothing(folder: Path) -> Iterator[Path]:
    """Serve on 127.0.0.1; the kubeconfig in `folder`, its context `answering`."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    named = {"name": "answering"}
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "answering",
        "clusters": [named | {"cluster": {"server": f"http://127.0.0.1:{server.server_port}"}}],
        "users": [named | {"user": {"token": "any"}}],
        "contexts": [named | {"context": {"cluster": "answering", "user": "answering"}}],
    }
    file = folder / "kubeconfig"
    file.write_text(json.dumps(config))
    try:
        yield file
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = self.path.partition("?")[0].strip("/")
        found = _discovery(path)
        if found is None:
            self._answer(
                404, {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404}
            )
        else:
            self._answer(200, found)

    def do_PATCH(self) -> None:
        self._write()

    def do_POST(self) -> None:
        self._write()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its base class has the name
        """Say nothing."""

    def _write(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
        body.get("metadata", {})["uid"] = "0"
        self._answer(200, body)

    def _answer(self, status: int, content: dict[str, Any]) -> None:
        text = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


def _discovery(path: str) -> dict[str, Any] | None:
    if path == "version":
        return VERSION
    if path == "api":
        return {"kind": "APIVersions", "versions": ["v1"]}
    if path == "apis":
        groups = [name.split("/") for name in GROUPS if "/" in name]
        listed = [{"groupVersion": f"{group}/{version}", "version": version} for group, version in groups]
        return {
            "kind": "APIGroupList",
            "apiVersion": "v1",
            "groups": [
                {"name": one["groupVersion"].partition("/")[0], "versions": [one], "preferredVersion": one}
                for one in listed
            ],
        }
    if path == "openapi/v2":
        return {"swagger": "2.0", "info": {"title": "Kubernetes", "version": "v1.36.0"}, "paths": {}, "definitions": {}}
    name = path.removeprefix("apis/").removeprefix("api/")
    if path != name and name in GROUPS:
        verbs = ["create", "delete", "get", "list", "patch", "update", "watch"]
        kinds = [
            {"name": PLURALS[kind], "singularName": "", "namespaced": kind != "Namespace", "kind": kind, "verbs": verbs}
            for kind in GROUPS[name]
        ]
        return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": name, "resources": kinds}
    return None
