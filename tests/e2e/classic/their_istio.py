"""Somebody else's Istio of the classic line, by plain Helm."""

from __future__ import annotations

from typing import Any

from kubernetes import client

from sandbox.kubernetes import cluster
from tests.e2e.by_helm import delete_namespace, install, remove_definitions, uninstall
from tests.e2e.classic.classic_charts import CHARTS
from tests.e2e.classic.classic_stack import SYSTEM

GATEWAYS: dict[str, Any] = {
    "global": {
        "podDNSSearchNamespaces": ["global"],
        "multiCluster": {"enabled": True},
        "controlPlaneSecurityEnabled": True,
        "meshExpansion": {"enabled": True},
    },
    "istiocoredns": {"enabled": True},
    "gateways": {"istio-egressgateway": {"enabled": True}},
}
"""Their values for other networks, with a root that Citadel makes itself."""
WITHOUT_15443 = {"istio-ingressgateway": {"ports": [{"name": "http2", "port": 80}, {"name": "https", "port": 443}]}}


def install_or_upgrade(values: dict[str, Any]) -> None:
    """Install both charts, or have the second run with these values."""
    install("istio-init", CHARTS / "istio-init", SYSTEM, {})
    install("istio", CHARTS / "istio", SYSTEM, values)


def without_15443() -> dict[str, Any]:
    """Their values for other networks, of which the gateway's Service says nothing."""
    return {**GATEWAYS, "gateways": {**GATEWAYS["gateways"], **WITHOUT_15443}}


def mesh_configuration() -> dict[str, str]:
    """What the ConfigMap `istio` holds."""
    return dict(client.CoreV1Api(cluster.api()).read_namespaced_config_map("istio", SYSTEM).data)


def set_mesh_configuration(data: dict[str, str]) -> None:
    """Have the ConfigMap `istio` hold this and nothing else."""
    body = [{"op": "replace", "path": "/data", "value": data}]
    client.CoreV1Api(cluster.api()).patch_namespaced_config_map("istio", SYSTEM, body)


def remove() -> None:
    """Take everything of it away."""
    for release in ("istio", "istio-init"):
        uninstall(release, SYSTEM)
    remove_definitions()
    delete_namespace(SYSTEM)
