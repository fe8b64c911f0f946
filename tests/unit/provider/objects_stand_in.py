"""A cluster's API for tests that keeps objects by their paths: reads, lists, creates and deletes them."""

from dataclasses import dataclass, field
from typing import Any

from tests.unit.provider.api_stand_in import StandInApi


@dataclass
class ObjectsApi(StandInApi):
    """Objects by path, such as `/api/v1/namespaces/vm/secrets/x`; unknown kinds by a part of their path."""

    objects: dict[str, dict[str, Any]] = field(default_factory=dict)
    unknown: str = ""

    def answer(self, method: str, path: str, body: Any) -> tuple[int, dict[str, Any]]:
        """Status and body of an answer."""
        self.requests.append((method, path, body))
        if self.forbidden and self.forbidden in path:
            return 403, {"message": f"user may not {method} {path}"}
        if self.unknown and self.unknown in path:
            return 404, {"message": "the server could not find the requested resource"}
        if method == "POST":
            return self._made(f"{path}/{body['metadata']['name']}", body)
        if method == "GET" and (listed := self._listed(path)):
            return 200, {"items": listed, "metadata": {}}
        if path not in self.objects:
            return 404, {"message": f"{path} not found"}
        return 200, self.objects.pop(path) if method == "DELETE" else self.objects[path]

    def _made(self, path: str, body: Any) -> tuple[int, dict[str, Any]]:
        if path in self.objects:
            return 409, {"message": f"{path} already exists"}
        self.objects[path] = body
        return 201, body

    def _listed(self, path: str) -> list[dict[str, Any]]:
        if path in self.objects:
            return []
        return [one for place, one in self.objects.items() if place.rpartition("/")[0] == path]

    def deployment(self, name: str, ready: int = 1) -> None:
        """A Deployment of the control plane."""
        self.objects[f"/apis/apps/v1/namespaces/istio-system/deployments/{name}"] = {
            "metadata": {"name": name},
            "status": {"availableReplicas": ready},
        }
