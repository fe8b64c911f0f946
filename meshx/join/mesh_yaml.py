"""mesh.yaml: the proxy's configuration on a machine, which the agent reads from ``/etc/istio/config/mesh``.

The form is that of ``istioctl x workload entry configure`` (istioctl/pkg/workload/workload.go, createMeshConfig):
``defaultConfig`` of the mesh, with the machine's metadata, its probe and istiod's address.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

import yaml

from meshx.join.facts import ControlPlaneFacts, MachineFacts, WorkloadFacts
from meshx.join.gateway_endpoint import AT_AN_ADDRESS, GatewayEndpoint
from meshx.join.hosts import discovery_address, istiod_address
from meshx.join.metadata import proxy_metadata


def render_mesh_yaml(
    facts: ControlPlaneFacts,
    workload: WorkloadFacts,
    machine: MachineFacts,
    gateway: GatewayEndpoint = AT_AN_ADDRESS,
) -> str:
    """Return the text of ``/etc/istio/config/mesh``."""
    named: dict[str, object] = {"discoveryAddress": istiod_address(facts)}
    if facts.mesh_id:
        named["meshId"] = facts.mesh_id
    config = {**named, **facts.proxy_defaults}
    if (here := discovery_address(facts, gateway)) != istiod_address(facts):
        # Pods' own, among the mesh's defaults, leads machines nowhere then.
        config["discoveryAddress"] = here
    config["proxyMetadata"] = proxy_metadata(facts, workload, machine)
    if workload.probe is not None:
        config["readinessProbe"] = workload.probe
    return yaml.safe_dump({"defaultConfig": plain(config)}, sort_keys=True, default_flow_style=False, width=4096)


def plain(value: object) -> object:
    """Return the value in dicts and lists only, since safe_dump accepts nothing else."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in cast("Mapping[object, object]", value).items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in cast("Sequence[object]", value)]
    return value
