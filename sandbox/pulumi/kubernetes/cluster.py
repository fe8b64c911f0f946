"""The cluster behind the plugin: objects of any kind over the Kubernetes REST API, with the official Python client."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import urllib3

from sandbox.pulumi.kubernetes.api_errors import ApiError, NoMatchError, UnreachableError
from sandbox.pulumi.kubernetes.object_identity import Gvk, gvk_of, metadata_of

if TYPE_CHECKING:
    from kubernetes.client import ApiClient

_JSON = "application/json"
_APPLY = "application/apply-patch+yaml"
_JSON_PATCH = "application/json-patch+json"
_CONNECT_SECONDS = 10.0
_ANSWER_SECONDS = 60.0
_FIRST_ERROR = 400
_ATTEMPTS = 10


@dataclass(frozen=True)
class Kind:
    """How a kind is reached: the plural in its paths, and whether its objects live in namespaces."""

    plural: str
    namespaced: bool


class Cluster:
    """One API server. Safe for several threads. Every method raises ApiError, NoMatchError or UnreachableError."""

    def __init__(self, client: ApiClient) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._kinds: dict[str, dict[str, Kind]] = {}

    def version(self) -> str:
        """The server's version, e.g. `v1.36.2`."""
        return self._request("GET", "/version")["gitVersion"]

    def kind(self, gvk: Gvk) -> Kind:
        """What the server says of a kind; asked again for one that was not there when last looked at."""
        known = self._kinds.get(gvk.api_version, {}).get(gvk.kind)
        return known or self._discover(gvk)

    def _discover(self, gvk: Gvk) -> Kind:
        path = f"/apis/{gvk.api_version}" if gvk.group else f"/api/{gvk.version}"
        try:
            listed = self._request("GET", path)["resources"]
        except ApiError as error:
            if error.missing:
                raise NoMatchError(gvk) from None
            raise
        kinds = {
            resource["kind"]: Kind(resource["name"], resource["namespaced"])
            for resource in listed
            if "/" not in resource["name"]
        }
        with self._lock:
            self._kinds[gvk.api_version] = kinds
        if gvk.kind not in kinds:
            raise NoMatchError(gvk)
        return kinds[gvk.kind]

    def get(self, gvk: Gvk, namespace: str, name: str) -> dict[str, Any]:
        """The live object."""
        return self._request("GET", self._path(gvk, namespace, name))

    def find(self, gvk: Gvk, namespace: str, name: str) -> dict[str, Any] | None:
        """The live object, or None where there is none."""
        try:
            return self.get(gvk, namespace, name)
        except ApiError as error:
            if error.missing:
                return None
            raise

    def list_all(self, gvk: Gvk, namespace: str) -> list[dict[str, Any]]:
        """All objects of a kind in a namespace."""
        return self._request("GET", self._path(gvk, namespace))["items"]

    def create(self, obj: dict[str, Any], manager: str, dry_run: bool) -> dict[str, Any]:
        """POST an object that must not be there yet."""
        query = [("fieldManager", manager), ("fieldValidation", "Warn"), *_dry(dry_run)]
        return self._request("POST", self._collection_of(obj), query, _JSON, obj)

    def apply(self, obj: dict[str, Any], manager: str, force: bool, dry_run: bool) -> dict[str, Any]:
        """Server-side apply: create, or take over and set just these fields."""
        query = [("fieldManager", manager), ("force", str(force).lower()), ("fieldValidation", "Warn"), *_dry(dry_run)]
        return self._request("PATCH", self._path_of(obj), query, _APPLY, obj)

    def replace(self, obj: dict[str, Any], manager: str, dry_run: bool) -> dict[str, Any]:
        """PUT the whole object; its resourceVersion must be the live one."""
        return self._request("PUT", self._path_of(obj), [("fieldManager", manager), *_dry(dry_run)], _JSON, obj)

    def patch(self, obj: dict[str, Any], operations: list[dict[str, Any]]) -> dict[str, Any]:
        """JSON patch operations on a live object."""
        return self._request("PATCH", self._path_of(obj), [], _JSON_PATCH, operations)

    def delete(self, obj: dict[str, Any], propagation: str) -> None:
        """Ask for an object's deletion; it may take a while to be gone."""
        options = {"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": propagation}
        self._request("DELETE", self._path_of(obj), [], _JSON, options)

    def _path_of(self, obj: dict[str, Any]) -> str:
        return f"{self._collection_of(obj)}/{quote(metadata_of(obj)['name'], safe='')}"

    def _collection_of(self, obj: dict[str, Any]) -> str:
        return self._path(gvk_of(obj), metadata_of(obj).get("namespace") or "")

    def _path(self, gvk: Gvk, namespace: str, name: str = "") -> str:
        kind = self.kind(gvk)
        base = f"/apis/{gvk.api_version}" if gvk.group else f"/api/{gvk.version}"
        within = f"/namespaces/{quote(namespace or 'default', safe='')}" if kind.namespaced else ""
        return f"{base}{within}/{kind.plural}" + (f"/{quote(name, safe='')}" if name else "")

    def _request(
        self,
        method: str,
        path: str,
        query: Iterable[tuple[str, str]] = (),
        content_type: str = _JSON,
        body: Any = None,
    ) -> dict[str, Any]:
        text = None if body is None else json.dumps(body)
        # The client serialises JSON bodies itself and takes any other content type as text.
        prepared = self._client.param_serialize(
            method,
            path,
            query_params=list(query),
            header_params={"Accept": _JSON, "Content-Type": content_type},
            body=text if content_type == _APPLY else body,
            auth_settings=["BearerToken"],
        )
        code, answer = self._answer(prepared)
        if code < _FIRST_ERROR:
            return json.loads(answer)
        try:
            status = json.loads(answer)
        except ValueError:
            status = {"message": answer.decode(errors="replace").strip()}
        raise ApiError(code, status)

    def _answer(self, prepared: tuple[Any, ...]) -> tuple[int, bytes]:
        for _ in range(_ATTEMPTS):
            try:
                response = self._client.call_api(*prepared, _request_timeout=(_CONNECT_SECONDS, _ANSWER_SECONDS))
                code, content, again = response.status, response.read() or b"", response.headers.get("Retry-After")
            except urllib3.exceptions.HTTPError as error:
                raise UnreachableError(f"{self._client.configuration.host}: {_cause(error)}") from error
            if not again or code < _FIRST_ERROR:
                break
            # Only the server knows whether a request may be sent again, and says so (client-go: rest/with_retry.go).
            time.sleep(float(again) if again.isdigit() else 1.0)
        return code, content


def _dry(dry_run: bool) -> list[tuple[str, str]]:
    return [("dryRun", "All")] if dry_run else []


def _cause(error: Exception) -> str:
    return str(getattr(error, "reason", None) or error)
