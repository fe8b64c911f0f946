"""A cluster's API for tests: tokens, and the WorkloadEntries of one namespace, over HTTP as the real one answers."""

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import yaml

TOKEN = "header.claims-of-the-account.signature"


@dataclass
class StandInApi:
    """What the cluster has (entries by "namespace/name"), what was asked of it, and what it forbids."""

    entries: dict[str, dict[str, Any]] = field(default_factory=dict)
    requests: list[tuple[str, str, Any]] = field(default_factory=list)
    forbidden: str = ""
    """A part of the path whose requests are refused."""
    failing: list[int] = field(default_factory=list)
    """Statuses of the next answers, whatever is asked; 0: the connection ends without one."""
    url: str = ""

    def entry(self, name: str, healthy: bool | None = True, checked: bool = True, connected_at: str = "") -> None:
        """Put an entry there, with istiod's word on its health (None: no word yet), which only a tied one has."""
        annotations = {"proxy.istio.io/health-checks-enabled": "true"} if checked else {}
        if connected_at or healthy is not None:
            annotations["istio.io/workloadController"] = "istiod-1"
            annotations["istio.io/connectedAt"] = connected_at or "2026-01-01T00:00:00.123456789Z"
        status = {"status": str(healthy), "type": "Healthy", "message": "connection refused"}
        self.entries[name] = {
            "metadata": {"annotations": annotations},
            "status": {"conditions": [] if healthy is None else [status]},
        }

    def hear_of_all(self) -> None:
        """Do what istiod does once the agents have connected anew: replace a word that is not its own."""
        for entry in self.entries.values():
            for condition in entry["status"]["conditions"]:
                if condition["message"] == "taken out of service by meshx":
                    condition.update(status="True", message="")

    def asked(self, method: str) -> list[str]:
        """The paths of the requests with a method."""
        return [path for asked, path, _ in self.requests if asked == method]

    def answer(self, method: str, path: str, body: Any) -> tuple[int, dict[str, Any]]:
        """Status and body of an answer."""
        self.requests.append((method, path, body))
        if self.forbidden and self.forbidden in path:
            return 403, {"message": f"user may not {method} {path}"}
        if path.endswith("/token"):
            return 201, {
                "kind": "TokenRequest",
                "apiVersion": "authentication.k8s.io/v1",
                "metadata": {},
                "spec": {"audiences": ["istio-ca"], "expirationSeconds": 3600},
                "status": {"token": TOKEN, "expirationTimestamp": "2030-01-01T00:00:00Z"},
            }
        parts = path.split("/")
        if parts[-1] == "workloadentries":
            return 200, {"kind": "WorkloadEntryList", "metadata": {}, "items": self._listed(parts[5])}
        name = f"{parts[5]}/{parts[7]}"
        if name not in self.entries:
            return 404, {"message": f"workloadentries {name} not found"}
        entry = self.entries[name]
        if method == "PATCH":
            entry["metadata"]["annotations"] |= body.get("metadata", {}).get("annotations", {})
            entry["status"] |= body.get("status", {})
        return 200, entry

    def _listed(self, namespace: str) -> list[dict[str, Any]]:
        """The entries of a namespace, each with its name as the real API has it."""
        items: list[dict[str, Any]] = []
        for where, entry in self.entries.items():
            there, _, name = where.partition("/")
            if there == namespace:
                items.append({**entry, "metadata": {**entry["metadata"], "name": name, "namespace": there}})
        return items

    def kubeconfig(self, folder: Path) -> Path:
        """A kubeconfig that leads here, with the context `tests`."""
        file = folder / "kubeconfig"
        file.write_text(
            yaml.safe_dump(
                {
                    "apiVersion": "v1",
                    "kind": "Config",
                    "current-context": "tests",
                    "clusters": [{"name": "tests", "cluster": {"server": self.url}}],
                    "users": [{"name": "tests", "user": {"token": "secret-of-the-user"}}],
                    "contexts": [{"name": "tests", "context": {"cluster": "tests", "user": "tests"}}],
                }
            )
        )
        return file


class ApiServer:
    """Serves one stand-in on a port of 127.0.0.1."""

    def __init__(self, api: StandInApi) -> None:
        class Handler(BaseHTTPRequestHandler):
            def _any(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(length)) if length else None
                if api.failing:
                    status, answer = api.failing.pop(0), {"message": "not now"}
                else:
                    status, answer = api.answer(self.command, self.path.partition("?")[0], body)
                if status == 0:
                    self.close_connection = True
                    return
                content = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PATCH = do_DELETE = _any  # noqa: N815 - the names that http.server looks for

            def log_message(self, *_: Any) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        api.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
