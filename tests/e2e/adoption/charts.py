"""Somebody else's Istio: the sandbox's charts, installed and removed by plain Helm."""

from __future__ import annotations

import time
from typing import Any

import yaml
from kubernetes import client

from meshx.config.values.helm_values import merged
from sandbox.kubernetes import cluster
from sandbox.paths import REPO, STATE
from tests.e2e.by_helm import SECONDS, delete_namespace, install, remove_definitions, uninstall

SYSTEM = "istio-system"
REVISION = "canary"
GATEWAY = "corp-gateway"
GATEWAY_NAMESPACE = "corp-ingress"
NETWORK = "network1"
CHARTS = STATE / "charts"


def install_istiod(more: dict[str, Any] | None = None) -> None:
    """Install the charts base and istiod; this istiod, of revision canary, takes in `istio-injection: enabled` too.

    more: further values of chart istiod.
    """
    istiod = dev_values()["istiod"] | {"revision": REVISION, "revisionTags": ["default"]}
    istiod["global"] |= {"meshID": "mesh1", "network": NETWORK, "multiCluster": {"clusterName": "cluster1"}}
    istiod["meshConfig"] = {"defaultConfig": {"meshId": "mesh1", "proxyMetadata": {"ISTIO_META_DNS_CAPTURE": "true"}}}
    install("istio-base", CHARTS / "base", SYSTEM, {"defaultRevision": REVISION})
    install(f"istiod-{REVISION}", CHARTS / "istiod", SYSTEM, merged(istiod, more or {}))


def install_gateway(revision: str) -> None:
    """Install the chart gateway in a namespace of its own, its pods taken in by the istiod of a revision."""
    values = dev_values()["gateway"] | {"revision": revision, "networkGateway": NETWORK}
    install(GATEWAY, CHARTS / "gateway", GATEWAY_NAMESPACE, values)


def dev_values() -> dict[str, Any]:
    """What the charts need to be told in the sandbox, by chart: what the dev stack tells them."""
    config = yaml.safe_load((REPO / "Pulumi.dev.yaml").read_text())["config"]
    return dict(config["meshx:mesh"]["values"])


def gateway_address() -> str:
    """The gateway's address, once it has one."""
    deadline = time.monotonic() + SECONDS
    while True:
        service = client.CoreV1Api(cluster.api()).read_namespaced_service(GATEWAY, GATEWAY_NAMESPACE)
        if ingress := service.status.load_balancer.ingress:
            return str(ingress[0].ip)
        if time.monotonic() > deadline:
            raise TimeoutError(f"{GATEWAY} has no address")
        time.sleep(0.3)


def remove_gateway() -> None:
    """Take the gateway and its namespace away."""
    uninstall(GATEWAY, GATEWAY_NAMESPACE)
    delete_namespace(GATEWAY_NAMESPACE)


def remove_istiod() -> None:
    """Take istiod, its namespace and the custom resource definitions away."""
    uninstall(f"istiod-{REVISION}", SYSTEM)
    uninstall("istio-base", SYSTEM)
    remove_definitions()
    delete_namespace(SYSTEM)
    core = client.CoreV1Api(cluster.api())
    for config_map in core.list_config_map_for_all_namespaces().items:
        if config_map.metadata.name in ("istio-ca-root-cert", "istio-ca-crl"):
            core.delete_namespaced_config_map(config_map.metadata.name, config_map.metadata.namespace)
