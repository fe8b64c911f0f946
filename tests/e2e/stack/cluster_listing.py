"""Every object of the cluster, so that it can be compared before and after."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator
from typing import Any

from sandbox.kubernetes import cluster

LEFT_OUT = {
    "events": "the cluster's own diary",
    "leases": "renewed by whoever leads, every few seconds",
    "endpoints": "follow the pods' readiness, which comes and goes",
    "endpointslices": "follow the pods' readiness, which comes and goes",
    "componentstatuses": "a probe's answer and no object",
    "nodes": "the kubelet's report on its machine",
}
SERVERS_OWN = ("resourceVersion", "managedFields", "generation", "uid", "creationTimestamp")
"""What the server counts and stamps. An object made anew with the same content counts as the same."""
REQUEST_SECONDS = 20
OK, NOT_FOUND, TOO_EARLY = 200, 404, 429


def listing() -> dict[str, str]:
    """Every listable object by `<resource>.<group> <namespace>/<name>`: its content as JSON, a Secret's as a hash.

    Without status and what SERVERS_OWN and LEFT_OUT name.
    """
    return {
        f"{resource} {item['metadata'].get('namespace', '')}/{item['metadata']['name']}": _content(resource, item)
        for resource, path in _listable()
        for item in _get(path).get("items", [])
    }


def _listable() -> Iterator[tuple[str, str]]:
    groups = [
        (group["name"], f"/apis/{group['preferredVersion']['groupVersion']}") for group in _get("/apis")["groups"]
    ]
    for group, path in [("", "/api/v1"), *groups]:
        for resource in _get(path).get("resources", []):
            name = resource["name"]
            if "list" in resource["verbs"] and "/" not in name and name not in LEFT_OUT:
                yield f"{name}.{group}".rstrip("."), f"{path}/{name}"


def _content(resource: str, item: dict[str, Any]) -> str:
    kept = {key: value for key, value in item.items() if key != "status"}
    kept["metadata"] = {key: value for key, value in item["metadata"].items() if key not in SERVERS_OWN}
    text = json.dumps(kept, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest() if resource == "secrets" else text


def _get(path: str) -> dict[str, Any]:
    """What the API answers, {} where there is nothing: a kind that has just gone is announced for some moments yet.

    One that has just come is asked again, for its storage takes some moments.
    """
    deadline = time.monotonic() + REQUEST_SECONDS
    while True:
        status, content = _answer(path)
        if status != TOO_EARLY or time.monotonic() > deadline:
            break
        time.sleep(0.5)
    if status == NOT_FOUND:
        return {}
    assert status == OK, (path, status, content)
    return dict(json.loads(content))


def _answer(path: str) -> tuple[int, bytes]:
    answer = cluster.api().call_api(
        *cluster.api().param_serialize(
            "GET", path, header_params={"Accept": "application/json"}, auth_settings=["BearerToken"]
        ),
        _request_timeout=REQUEST_SECONDS,
    )
    return answer.status, answer.read()
