"""Objects of any kind in the cluster, by the API's paths and as its JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from meshx.cluster.cluster_client import REQUEST_SECONDS, Cluster, ClusterError

METADATA_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"
"""Lists without content (kubernetes.io: Kubernetes API Concepts, Metadata-only fetches)."""
PAGE = 500
NOT_FOUND = 404
_JSON = {"Accept": "application/json"}
_DRY = {"dryRun": "All"}


@dataclass(frozen=True)
class _Sent:
    """What a request carries besides its path."""

    content_type: str
    body: Any


def listed(
    cluster: Cluster, path: str, selectors: Mapping[str, str] | None = None, metadata_only: bool = False
) -> Iterator[dict[str, Any]]:
    """Every object of a list's path, such as `/api/v1/pods`, page by page; none if there is no such kind.

    `selectors` are `labelSelector` and `fieldSelector`. Raises ClusterError.
    """
    following = ""
    while True:
        query = {**(selectors or {}), "limit": str(PAGE), **({"continue": following} if following else {})}
        page = _found(cluster, path, query, METADATA_ONLY if metadata_only else "application/json")
        if page is None:
            return
        yield from page.get("items") or ()
        following = part(page, "metadata").get("continue", "")
        if not following:
            return


def found(cluster: Cluster, path: str, query: Mapping[str, str] | None = None) -> dict[str, Any] | None:
    """The object at a path, None if there is none. Raises ClusterError."""
    return _found(cluster, path, query or {}, "application/json")


def changes(cluster: Cluster, path: str, version: str, seconds: int) -> Iterator[dict[str, Any]]:
    """The events of a list's path from a resource version on, as they come, for at most so many seconds.

    Each is `{type, object}` (kubernetes.io: API Concepts, Efficient detection of changes). Raises ClusterError.
    """
    from urllib3.exceptions import HTTPError  # noqa: PLC0415 - see cluster_client.py

    query = {"watch": "1", "resourceVersion": version, "allowWatchBookmarks": "true", "timeoutSeconds": str(seconds)}
    doing = f"watching {path}"

    def request(client: Any) -> Any:
        prepared = client.param_serialize(
            "GET", path, query_params=list(query.items()), header_params=_JSON, auth_settings=["BearerToken"]
        )
        answer = client.call_api(*prepared, _request_timeout=(REQUEST_SECONDS[0], seconds + REQUEST_SECONDS[1]))
        if not 200 <= answer.status <= 299:  # noqa: PLR2004
            answer.read()
            client.response_deserialize(response_data=answer, response_types_map={})
        return answer.response

    stream = cluster.call(doing, request)
    try:
        for text in stream:
            yield json.loads(text)
    except (HTTPError, OSError, ValueError) as error:
        raise ClusterError(f"{doing}: it broke off ({type(error).__name__})") from None
    finally:
        stream.close()


def part(whole: Mapping[str, Any], key: str) -> dict[str, Any]:
    """A map inside an object, empty if it is not there."""
    return whole.get(key) or {}


def remove(cluster: Cluster, path: str) -> None:
    """Delete the object at a path; it is no error if it is already gone. Raises ClusterError."""
    try:
        _request(cluster, "DELETE", path, {}, "application/json")
    except ClusterError as error:
        if error.status != NOT_FOUND:
            raise


def patch(cluster: Cluster, path: str, operations: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Change the object at a path by a JSON Patch (RFC 6902) and return the result. Raises ClusterError."""
    sent = _Sent("application/json-patch+json", operations)
    return _request(cluster, "PATCH", path, {}, "application/json", sent=sent)


def merge(
    cluster: Cluster, path: str, changes: Mapping[str, Any], doing: str, *, dry_run: bool = False
) -> dict[str, Any]:
    """Change the object at a path by a JSON Merge Patch (RFC 7386) and return the result. Raises ClusterError.

    dry_run: the cluster checks it and changes nothing.
    """
    sent = _Sent("application/merge-patch+json", changes)
    return _request(cluster, "PATCH", path, _DRY if dry_run else {}, "application/json", sent=sent, doing=doing)


def create(
    cluster: Cluster, path: str, body: Mapping[str, Any], doing: str, *, dry_run: bool = False
) -> dict[str, Any]:
    """Send an object to a path and return what the cluster made of it; `doing` says why. Raises ClusterError.

    dry_run: the cluster checks it and makes nothing.
    """
    sent = _Sent("application/json", body)
    return _request(cluster, "POST", path, _DRY if dry_run else {}, "application/json", sent=sent, doing=doing)


def _found(cluster: Cluster, path: str, query: Mapping[str, str], accept: str) -> dict[str, Any] | None:
    try:
        return _request(cluster, "GET", path, query, accept)
    except ClusterError as error:
        if error.status == NOT_FOUND:
            return None
        raise


def _request(
    cluster: Cluster,
    method: str,
    path: str,
    query: Mapping[str, str],
    accept: str,
    *,
    sent: _Sent | None = None,
    doing: str = "",
) -> dict[str, Any]:
    def request(client: Any) -> Any:
        content = {} if sent is None else {"Content-Type": sent.content_type}
        prepared = client.param_serialize(
            method,
            path,
            query_params=list(query.items()),
            header_params={"Accept": accept, **content},
            body=None if sent is None else sent.body,
            auth_settings=["BearerToken"],
        )
        answer = client.call_api(*prepared, _request_timeout=REQUEST_SECONDS)
        answer.read()
        # Raises ApiException for any status but success.
        return client.response_deserialize(response_data=answer, response_types_map={"2XX": "object"}).data

    return cast("dict[str, Any]", cluster.call(doing or f"{method} {path}", request))
