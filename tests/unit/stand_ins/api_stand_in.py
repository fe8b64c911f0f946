"""A cluster's API for tests: tokens, and the WorkloadEntries of one namespace, over HTTP as the real one answers."""

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

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
    uid: str = "uid-of-tests"
    """The UID of its namespace kube-system."""
    closing: bool = False
    _versions: dict[str, tuple[str, int]] = field(default_factory=dict)
    _lock: Any = field(default_factory=threading.RLock, repr=False, compare=False)

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
        if path == "/api/v1/namespaces/kube-system":
            return 200, {"metadata": {"name": "kube-system", "uid": self.uid}}
        parts = path.split("/")
        if parts[-1] == "workloadentries":
            items = self._listed(parts[5])
            version = max([0, *(int(item["metadata"]["resourceVersion"]) for item in items)])
            metadata = {"resourceVersion": str(version)}
            return 200, {"kind": "WorkloadEntryList", "metadata": metadata, "items": items}
        name = f"{parts[5]}/{parts[7]}"
        if name not in self.entries:
            return 404, {"message": f"workloadentries {name} not found"}
        entry = self.entries[name]
        if method == "PATCH":
            entry["metadata"]["annotations"] |= body.get("metadata", {}).get("annotations", {})
            entry["status"] |= body.get("status", {})
        return 200, self._versioned(name)

    def checked(self, method: str, path: str, body: Any) -> tuple[int, dict[str, Any]]:
        """Status and body of an answer to a dry run, which changes nothing."""
        raise AssertionError(f"a dry run, which no test of this stand-in needs: {method} {path}")

    def watched(self, path: str, since: int) -> Iterator[dict[str, Any]]:
        """The events of a namespace's entries after a version, as they come, until the server closes."""
        namespace = path.split("/")[5]
        there = {name for name in self.entries if name.startswith(f"{namespace}/")}
        while not self.closing:
            for item in self._listed(namespace):
                if (version := int(item["metadata"]["resourceVersion"])) > since:
                    since = version
                    yield {"type": "MODIFIED", "object": item}
            present = {name for name in list(self.entries) if name.startswith(f"{namespace}/")}
            for name in there - present:
                gone = {"name": name.partition("/")[2], "resourceVersion": str(since)}
                yield {"type": "DELETED", "object": {"metadata": gone}}
            there = present
            time.sleep(0.02)

    def _listed(self, namespace: str) -> list[dict[str, Any]]:
        """The entries of a namespace, in the order of their changes."""
        items = [self._versioned(name) for name in list(self.entries) if name.startswith(f"{namespace}/")]
        return sorted(items, key=lambda item: int(item["metadata"]["resourceVersion"]))

    def _versioned(self, name: str) -> dict[str, Any]:
        """An entry with its name, and a version that is a new one after each change."""
        with self._lock:
            entry, (text, version) = self.entries[name], self._versions.get(name, ("", 0))
            if (now := json.dumps(entry)) != text:
                version = 1 + max([0, *(one for _, one in self._versions.values())])
                self._versions[name] = now, version
        namespace, _, own = name.partition("/")
        place = {"name": own, "namespace": namespace, "resourceVersion": str(version)}
        return {**entry, "metadata": {**entry["metadata"], **place}}

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
            protocol_version = "HTTP/1.1"

            def _any(self) -> None:
                path, _, query = self.path.partition("?")
                wanted = parse_qs(query)
                if "watch" in wanted and not api.failing and not (api.forbidden and api.forbidden in path):
                    self._stream(path, int(wanted["resourceVersion"][0]))
                    return
                length = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(length)) if length else None
                if api.failing:
                    status, answer = api.failing.pop(0), {"message": "not now"}
                else:
                    asked = api.checked if "dryRun" in wanted else api.answer
                    status, answer = asked(self.command, path, body)
                if status == 0:
                    self.close_connection = True
                    return
                content = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def _stream(self, path: str, since: int) -> None:
                self.send_response(200)
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                with contextlib.suppress(OSError):
                    for event in api.watched(path, since):
                        line = json.dumps(event).encode() + b"\n"
                        self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))
                    self.wfile.write(b"0\r\n\r\n")

            do_GET = do_POST = do_PATCH = do_DELETE = _any  # noqa: N815 - the names that http.server looks for

            def log_message(self, *_: Any) -> None:
                return

        self._api = api
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        api.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        """Stop serving."""
        self._api.closing = True
        self._server.shutdown()
        self._server.server_close()
