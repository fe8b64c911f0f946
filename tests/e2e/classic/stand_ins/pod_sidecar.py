"""The sidecar of a service's pods, in a pod of its own before the service: Envoy with a certificate of the mesh."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kubernetes import client

from sandbox import cluster
from sandbox.apiserver import check_deployment
from sandbox.supervisor import NotReadyError
from tests.e2e.classic.stand_ins.authority import Authority

ENVOY = Path(__file__).parent / "files" / "sidecar.yaml"
IMAGE = "localhost/meshx/proxyv2:1"
INBOUND = 15006
READY_SECONDS = 60


@contextmanager
def pod_sidecar(authority: Authority, namespace: str, service: str, port: int) -> Iterator[None]:
    """Have Service `<service>-sidecar` lead to it, where the gateway looks for the service; gone in the end."""
    core, apps = client.CoreV1Api(cluster.api()), client.AppsV1Api(cluster.api())
    name = f"{service}-sidecar"
    certificates = authority.secret(f"spiffe://cluster.local/ns/{namespace}/sa/{service}")
    secret = {"metadata": {"name": name}, "stringData": {file: pem.decode() for file, pem in certificates.items()}}
    settings = ENVOY.read_text().replace("SERVICE", f"{service}.{namespace}.svc.cluster.local")
    core.create_namespaced_secret(namespace, secret)
    core.create_namespaced_config_map(
        namespace, {"metadata": {"name": name}, "data": {"envoy.yaml": settings.replace("PORT", str(port))}}
    )
    core.create_namespaced_service(namespace, _service(name, port))
    apps.create_namespaced_deployment(namespace, _deployment(name))
    try:
        _await(namespace, name)
        yield
    finally:
        apps.delete_namespaced_deployment(name, namespace)
        core.delete_namespaced_service(name, namespace)
        core.delete_namespaced_config_map(name, namespace)
        core.delete_namespaced_secret(name, namespace)
        deadline = time.monotonic() + READY_SECONDS
        while _pods(core, namespace, name) and time.monotonic() < deadline:
            time.sleep(0.3)


def _pods(core: client.CoreV1Api, namespace: str, name: str) -> list[Any]:
    return list(core.list_namespaced_pod(namespace, label_selector=f"app={name}").items)


def _service(name: str, port: int) -> dict[str, Any]:
    return {
        "metadata": {"name": name},
        "spec": {"selector": {"app": name}, "ports": [{"port": port, "targetPort": INBOUND}]},
    }


def _deployment(name: str) -> dict[str, Any]:
    container = {
        "name": "envoy",
        "image": IMAGE,
        "imagePullPolicy": "IfNotPresent",
        "command": ["/usr/local/bin/envoy", "-c", "/etc/envoy/envoy.yaml", "--concurrency", "1"],
        "volumeMounts": [{"name": "envoy", "mountPath": "/etc/envoy"}, {"name": "certs", "mountPath": "/etc/certs"}],
        "readinessProbe": {"tcpSocket": {"port": INBOUND}, "periodSeconds": 1},
    }
    volumes = [{"name": "envoy", "configMap": {"name": name}}, {"name": "certs", "secret": {"secretName": name}}]
    labels = {"app": name}
    # Left out of injection: where a webhook is, it is another mesh's.
    return {
        "metadata": {"name": name},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": {**labels, "sidecar.istio.io/inject": "false"}},
                "spec": {"terminationGracePeriodSeconds": 1, "containers": [container], "volumes": volumes},
            },
        },
    }


def _await(namespace: str, name: str) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while True:
        try:
            check_deployment(namespace, name)
        except NotReadyError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.3)
        else:
            return
