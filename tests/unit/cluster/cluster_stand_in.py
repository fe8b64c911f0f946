"""A cluster's API for tests: objects of three kinds, and Helm's records, over HTTP as the real one answers."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from meshx.cluster.cluster_client import Cluster
from tests.unit.stand_ins.api_stand_in import ApiServer, StandInApi

KINDS = {
    "/api/v1": [
        {"name": "namespaces", "kind": "Namespace", "namespaced": False},
        {"name": "services", "kind": "Service", "namespaced": True},
        {"name": "services/status", "kind": "Service", "namespaced": True},
        {"name": "secrets", "kind": "Secret", "namespaced": True},
    ],
    "/apis/networking.istio.io/v1": [{"name": "workloadentries", "kind": "WorkloadEntry", "namespaced": True}],
}


class StandInCluster(StandInApi):
    """What the cluster has, by path."""

    def __init__(self) -> None:
        super().__init__()
        self.objects: dict[str, dict[str, Any]] = {}

    def client(self, folder: Path) -> Cluster:
        """The product's client of it."""
        return Cluster(str(self.kubeconfig(folder)), "tests")

    def put(self, path: str, labels: dict[str, str]) -> None:
        """Put an object there, applied by a run of Pulumi, with a status by somebody else."""
        managers = [
            {"manager": "pulumi-kubernetes-4d1f", "operation": "Apply"},
            {"manager": "istiod", "subresource": "status"},
        ]
        self.objects[path] = {
            "metadata": {
                "name": path.rpartition("/")[2],
                "labels": labels,
                "resourceVersion": "7",
                "managedFields": managers,
            }
        }

    def record(self, release: str, number: int, status: str, values: dict[str, Any]) -> None:
        """Put Helm's record of a revision of a release `<namespace>/<name>` there."""
        namespace, _, name = release.partition("/")
        content = {"name": name, "version": number, "info": {"status": status}, "config": values, "chart": {"x": 1}}
        packed = base64.b64encode(gzip.compress(json.dumps(content).encode()))
        secret = f"sh.helm.release.v1.{name}.v{number}"
        self.objects[f"/api/v1/namespaces/{namespace}/secrets/{secret}"] = {
            "metadata": {"name": secret, "labels": {"owner": "helm", "name": name, "status": status}},
            "type": "helm.sh/release.v1",
            "data": {"release": base64.b64encode(packed).decode()},
        }

    def records(self) -> dict[str, tuple[str, str]]:
        """The status of each record by the Secret's name, as its label and as its content have it."""
        return {
            secret["metadata"]["name"]: (secret["metadata"]["labels"]["status"], content["info"]["status"])
            for secret in self.objects.values()
            if "data" in secret
            for content in [_content(secret)]
        }

    def answer(self, method: str, path: str, body: Any) -> tuple[int, dict[str, Any]]:
        """Status and body of an answer."""
        self.requests.append((method, path, body))
        if path in KINDS:
            return 200, {"resources": KINDS[path]}
        if path.endswith("/secrets"):
            items = [secret for place, secret in self.objects.items() if place.startswith(f"{path}/")]
            return 200, {"kind": "SecretList", "apiVersion": "v1", "items": items}
        if path not in self.objects:
            return 404, {"message": f"{path} not found"}
        if method == "DELETE":
            return 200, self.objects.pop(path)
        if method == "PATCH" and isinstance(body, list):
            self.objects[path]["metadata"] |= {patch["path"].rpartition("/")[2]: patch["value"] for patch in body}
        elif method == "PATCH":
            self.objects[path]["metadata"]["labels"] |= body["metadata"]["labels"]
            self.objects[path]["data"] |= body["data"]
        return 200, self.objects[path]


def _content(secret: dict[str, Any]) -> dict[str, Any]:
    packed = base64.b64decode(base64.b64decode(secret["data"]["release"]))
    return dict(json.loads(gzip.decompress(packed)))


@pytest.fixture
def api() -> Iterator[StandInCluster]:
    api = StandInCluster()
    server = ApiServer(api)
    yield api
    server.close()


@pytest.fixture
def cluster(api: StandInCluster, tmp_path: Path) -> Cluster:
    return api.client(tmp_path)
