"""A cluster's API for tests that keeps objects by their paths: reads, lists, creates, changes and deletes them."""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.unit.stand_ins.api_stand_in import StandInApi


@dataclass
class ObjectsApi(StandInApi):
    """Objects by path, such as `/api/v1/namespaces/vm/secrets/x`; unknown kinds by a part of their path."""

    objects: dict[str, dict[str, Any]] = field(default_factory=dict)
    unknown: str = ""
    before_patch: Callable[[], None] = lambda: None
    """What somebody else does just before a change arrives."""

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
        return self._one(method, path, body)

    def checked(self, method: str, path: str, body: Any) -> tuple[int, dict[str, Any]]:
        """Status and body of an answer to a dry run, which changes nothing."""
        before = copy.deepcopy(self.objects)
        try:
            return self.answer(method, path, body)
        finally:
            self.objects = before
            self.requests[-1] = ("DRY", path, body)

    def _one(self, method: str, path: str, body: Any) -> tuple[int, dict[str, Any]]:
        if path not in self.objects:
            return 404, {"message": f"{path} not found"}
        if method == "PATCH":
            return self._patched(path, body)
        return 200, self.objects.pop(path) if method == "DELETE" else self.objects[path]

    def _made(self, path: str, body: Any) -> tuple[int, dict[str, Any]]:
        if path in self.objects:
            return 409, {"message": f"{path} already exists"}
        self.objects[path] = body
        return 201, body

    def _patched(self, path: str, operations: list[dict[str, Any]] | dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """A JSON Patch (RFC 6902) of those operations that meshx uses, in whole or not at all; or one that merges."""
        self.before_patch()
        changed = copy.deepcopy(self.objects[path])
        if isinstance(operations, dict):
            self.objects[path] = _merged(changed, operations)
            return 200, self.objects[path]
        for operation in operations:
            *steps, last = operation["path"].split("/")[1:]
            place: Any = changed
            for step in steps:
                place = place[int(step) if isinstance(place, list) else step]
            if operation["op"] == "test" and place.get(last) != operation["value"]:
                return 422, {"message": f"the test of {operation['path']} failed"}
            if operation["op"] == "add":
                place.append(operation["value"])
            if operation["op"] == "remove":
                del place[int(last)]
        changed["metadata"]["resourceVersion"] = str(int(changed["metadata"]["resourceVersion"]) + 1)
        self.objects[path] = changed
        return 200, changed

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


def _merged(there: Any, change: Any) -> Any:
    """A JSON Merge Patch (RFC 7386), applied."""
    if not isinstance(change, dict):
        return change
    merged = dict(there) if isinstance(there, dict) else {}
    for key, value in change.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = _merged(merged.get(key), value)
    return merged
