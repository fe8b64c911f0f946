"""The calls by which a machine with a way back shows that it serves (meshx/scripts/way_back/serving.sh)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from meshx.istio.machine_paths import MESH_CONFIG
from meshx.istio.ports import READINESS_PATH, READINESS_PORT
from meshx.join.hosts import is_istiod_host


def asked_calls(bundle: Mapping[str, Any]) -> dict[str, str]:
    """Return the calls of a machine with that bundle, as serving.sh reads them, each with its newline.

    outward: lines "address port path", for the readiness of each gateway: one of the mesh answers on Istio's status
    port, unless its owner closes it. inward: "port path" of an HTTP probe, or "port"; absent without one.
    """
    gateways = sorted({address for name, address in bundle["hosts"].items() if is_istiod_host(name)})
    outward = "".join(f"{address} {READINESS_PORT} {READINESS_PATH}\n" for address in gateways)
    inward = _probed(bundle)
    return {"outward": outward, **({"inward": f"{inward}\n"} if inward else {})}


def _probed(bundle: Mapping[str, Any]) -> str:
    mesh: Any = yaml.safe_load(bundle["files"].get(MESH_CONFIG, {}).get("content", "")) or {}
    probe: Any = mesh.get("defaultConfig", {}).get("readinessProbe") or {}
    if "httpGet" in probe:
        return f"{probe['httpGet']['port']} {probe['httpGet'].get('path') or '/'}"
    return str(probe["tcpSocket"]["port"]) if "tcpSocket" in probe else ""
