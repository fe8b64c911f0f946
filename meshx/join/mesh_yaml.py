"""mesh.yaml: the proxy's configuration on a machine, which the agent reads from ``/etc/istio/config/mesh``.

The form is that of ``istioctl x workload entry configure`` (istioctl/pkg/workload/workload.go, createMeshConfig):
``defaultConfig`` of the mesh, with the machine's metadata, its probe and istiod's address.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

import yaml

from meshx.join.facts import ControlPlaneFacts, MachineFacts, WorkloadFacts
from meshx.join.hosts import discovery_address
from meshx.join.metadata import proxy_metadata

PROBE_PERIOD_SECONDS = 2
PROBE_FAILURES = 3
"""Istio's own defaults (10 s, 1 failure; pkg/istio-agent/health/health_check.go) report a machine that is just starting
as unhealthy at once and look again only 10 s later; these say "healthy" 2 s after the start and "failed" after 6 s."""


def render_mesh_yaml(facts: ControlPlaneFacts, workload: WorkloadFacts, machine: MachineFacts) -> str:
    """Return the text of ``/etc/istio/config/mesh``."""
    named: dict[str, object] = {"discoveryAddress": discovery_address(facts)}
    if facts.mesh_id:
        named["meshId"] = facts.mesh_id
    config = {**named, **facts.proxy_defaults}
    config["proxyMetadata"] = proxy_metadata(facts, workload, machine)
    probe = readiness_probe(workload)
    if probe is not None:
        config["readinessProbe"] = probe
    return yaml.safe_dump({"defaultConfig": plain(config)}, sort_keys=True, default_flow_style=False, width=4096)


def readiness_probe(workload: WorkloadFacts) -> dict[str, object] | None:
    """Return the probe in Istio's JSON form, None for a workload without ports.

    The default connects to the first declared port. What the given probe leaves out of period and threshold is
    filled in, so that a machine's health spreads at the same speed whichever probe it has.
    """
    if not workload.ports:
        return None
    pace: dict[str, object] = {"periodSeconds": PROBE_PERIOD_SECONDS, "failureThreshold": PROBE_FAILURES}
    if workload.probe is None:
        return {"tcpSocket": {"port": workload.ports[0].number}, **pace}
    return {**pace, **workload.probe}


def plain(value: object) -> object:
    """Return the value in dicts and lists only, which is what safe_dump takes."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in cast("Mapping[object, object]", value).items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in cast("Sequence[object]", value)]
    return value
