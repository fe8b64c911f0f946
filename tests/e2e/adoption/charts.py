"""Somebody else's Istio: the sandbox's charts, installed and removed by plain Helm."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Mapping
from typing import Any

import yaml
from kubernetes import client
from kubernetes.client.exceptions import ApiException

from sandbox import cluster
from sandbox.paths import REPO, STATE

SYSTEM = "istio-system"
REVISION = "canary"
GATEWAY = "corp-gateway"
GATEWAY_NAMESPACE = "corp-ingress"
NETWORK = "network1"
SECONDS = 180
NOT_FOUND = 404


def install_istiod() -> None:
    """Install the charts base and istiod; this istiod, of revision canary, takes in `istio-injection: enabled` too."""
    istiod = dev_values()["istiod"] | {"revision": REVISION, "revisionTags": ["default"]}
    istiod["global"] |= {"meshID": "mesh1", "network": NETWORK, "multiCluster": {"clusterName": "cluster1"}}
    istiod["meshConfig"] = {"defaultConfig": {"meshId": "mesh1", "proxyMetadata": {"ISTIO_META_DNS_CAPTURE": "true"}}}
    _install("istio-base", "base", SYSTEM, {"defaultRevision": REVISION})
    _install(f"istiod-{REVISION}", "istiod", SYSTEM, istiod)


def install_gateway(revision: str) -> None:
    """Install the chart gateway in a namespace of its own, its pods taken in by the istiod of a revision."""
    values = dev_values()["gateway"] | {"revision": revision, "networkGateway": NETWORK}
    _install(GATEWAY, "gateway", GATEWAY_NAMESPACE, values)


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
    _uninstall(GATEWAY, GATEWAY_NAMESPACE)
    delete_namespace(GATEWAY_NAMESPACE)


def remove_istiod() -> None:
    """Take istiod, its namespace and the custom resource definitions away."""
    _uninstall(f"istiod-{REVISION}", SYSTEM)
    _uninstall("istio-base", SYSTEM)
    extensions = client.ApiextensionsV1Api(cluster.api())
    for definition in extensions.list_custom_resource_definition().items:
        if definition.spec.group.endswith("istio.io"):
            extensions.delete_custom_resource_definition(definition.metadata.name)
    delete_namespace(SYSTEM)
    core = client.CoreV1Api(cluster.api())
    for config_map in core.list_config_map_for_all_namespaces().items:
        if config_map.metadata.name in ("istio-ca-root-cert", "istio-ca-crl"):
            core.delete_namespaced_config_map(config_map.metadata.name, config_map.metadata.namespace)


def delete_namespace(namespace: str) -> None:
    """Delete a namespace and wait until it is gone."""
    api, deadline = client.CoreV1Api(cluster.api()), time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        try:
            api.delete_namespace(namespace)
        except ApiException as error:
            if error.status == NOT_FOUND:
                return
        time.sleep(0.3)
    raise TimeoutError(f"namespace {namespace} does not go")


def _install(name: str, chart: str, namespace: str, values: Mapping[str, Any]) -> None:
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        yaml.safe_dump(dict(values), file)
        file.flush()
        where = ["--namespace", namespace, "--create-namespace", "--values", file.name]
        _helm("install", name, str(STATE / "charts" / chart), *where, "--wait", "--timeout", f"{SECONDS}s")


def _uninstall(name: str, namespace: str) -> None:
    _helm("uninstall", name, "--namespace", namespace, "--ignore-not-found", "--wait")


def _helm(*words: str) -> None:
    helm = [str(STATE / "bin" / "helm"), "--kubeconfig", str(STATE / "kubeconfig")]
    done = subprocess.run([*helm, *words], check=False, capture_output=True, text=True, timeout=SECONDS + 30)
    assert done.returncode == 0, done.stderr
