"""The objects of mesh expansion as they are in the cluster, and as the files written by hand have them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import yaml
from kubernetes import client

from sandbox.kubernetes import cluster
from tests.e2e.classic.classic_stack import SYSTEM

EXPECTED = Path(__file__).parents[2] / "unit" / "istio" / "expected"
GROUP, VERSION = "networking.istio.io", "v1alpha3"
PLURALS = {
    "DestinationRule": "destinationrules",
    "EnvoyFilter": "envoyfilters",
    "Gateway": "gateways",
    "VirtualService": "virtualservices",
}
SINGLE_NETWORK = (
    "Gateway meshexpansion-gateway",
    "VirtualService meshexpansion-vs-pilot",
    "VirtualService meshexpansion-vs-citadel",
)
OF_EVERY_MESH = ("DestinationRule istio-policy", "DestinationRule istio-telemetry")
"""There as soon as Mixer is, though without mutual TLS on a single network."""
ADDED = "DestinationRule istio-citadel"
ADDED_CONTENT = {
    "spec": {
        "host": "istio-citadel.istio-system.svc.cluster.local",
        "trafficPolicy": {"portLevelSettings": [{"port": {"number": 8060}, "tls": {"mode": "DISABLE"}}]},
    }
}
"""By hand, from istio's pull request 19553."""
ADDED_FOR_PILOT = "DestinationRule istio-pilot"
"""The same for its port 15011, on a single network, where the charts have no rule for it."""


def expected(version: str) -> dict[str, Any]:
    """The seeds' twelve objects with their content in a version, by `Kind name`, for other networks."""
    table = yaml.safe_load((EXPECTED / "gateways-until-1.3.yaml").read_text())
    if version >= "1.4":
        table |= yaml.safe_load((EXPECTED / "gateways-1.4.yaml").read_text())
    return cast("dict[str, Any]", table)


def networking() -> dict[str, Any]:
    """Every networking object of the control plane's namespace with its `spec`, by `Kind name`."""
    return {
        f"{kind} {item['metadata']['name']}": {"spec": item["spec"]}
        for kind, plural in PLURALS.items()
        for item in listed(plural)
    }


def found(titles: Any) -> dict[str, Any]:
    """What the cluster has of these, with its content; of a Service what was written and not what was filled in."""
    core = client.CoreV1Api(cluster.api())
    there = networking()
    for config_map in core.list_namespaced_config_map(SYSTEM).items:
        there[f"ConfigMap {config_map.metadata.name}"] = {"data": config_map.data}
    for service in core.list_namespaced_service(SYSTEM).items:
        ports = [{"name": port.name, "port": port.port, "protocol": port.protocol} for port in service.spec.ports]
        there[f"Service {service.metadata.name}"] = {"spec": {"selector": service.spec.selector, "ports": ports}}
    return {title: there[title] for title in titles if title in there}


def listed(plural: str) -> list[dict[str, Any]]:
    """The objects of one kind in the control plane's namespace."""
    api = client.CustomObjectsApi(cluster.api())
    return cast("dict[str, Any]", api.list_namespaced_custom_object(GROUP, VERSION, SYSTEM, plural))["items"]


def delete(title: str) -> None:
    """Delete an object by hand."""
    kind, _, name = title.partition(" ")
    client.CustomObjectsApi(cluster.api()).delete_namespaced_custom_object(GROUP, VERSION, SYSTEM, PLURALS[kind], name)
