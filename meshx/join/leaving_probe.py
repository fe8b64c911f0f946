"""The probe of an instance that Google may end at any time: it fails as soon as the instance begins to stop.

Google ends an instance of a group without asking the stack, so the stack cannot drain it first. The sidecar reports
a failing probe to istiod, which sends callers elsewhere, while sidecar and program still answer
(meshx/scripts/gce/probe.sh, stop_serving.sh).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from meshx.config.values.addresses import socket_address
from meshx.join.scripts_library import LIBRARY

PROBE = f"{LIBRARY}/probe.sh"
SPREAD_SECONDS = 3
"""How long istiod may take to update every proxy."""
LONGEST_LEAVE = 70
"""Google gives an instance 90 s to go down
(https://cloud.google.com/compute/docs/instances/deleting-instance#shutdown-period)."""


def leaving_probe(probe: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """Return a probe in Istio's JSON form that checks the same, until the instance stops; None for None."""
    if probe is None:
        return None
    rest = {key: value for key, value in probe.items() if key not in ("tcpSocket", "httpGet", "exec")}
    return {**rest, "exec": {"command": ["/bin/bash", PROBE, *_question(probe)]}}


def leave_seconds(probe: Mapping[str, Any] | None, drain_seconds: int) -> int:
    """Return how long a stopping instance must serve until istiod has updated all callers; 0 without a probe."""
    if probe is None:
        return 0
    heard = int(probe.get("periodSeconds") or 10) * int(probe.get("failureThreshold") or 1)
    return min(heard + SPREAD_SECONDS + drain_seconds, LONGEST_LEAVE)


def _question(probe: Mapping[str, Any]) -> list[str]:
    if tcp := probe.get("tcpSocket"):
        return ["tcp", str(tcp.get("host") or "127.0.0.1"), str(tcp["port"])]
    if http := probe.get("httpGet"):
        scheme = str(http.get("scheme") or "http").lower()
        host = str(http.get("host") or "127.0.0.1")
        path = "/" + str(http.get("path") or "").removeprefix("/")
        headers = [f"{one['name']}: {one['value']}" for one in http.get("httpHeaders") or ()]
        return ["http", f"{scheme}://{socket_address(host, http['port'])}{path}", *headers]
    return ["exec", *probe["exec"]["command"]]
