"""Sidecars of pods, each in a pod of its own: of a service that is called, and of one that calls a workload."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kubernetes import client

from sandbox.kubernetes import cluster
from sandbox.kubernetes.apiserver import check_deployment
from sandbox.supervision.supervisor import NotReadyError
from tests.e2e.classic.stand_ins.authority import Authority
from tests.e2e.classic.stand_ins.tls_server import ADDRESS

ENVOY = Path(__file__).parent / "files" / "sidecar.yaml"
CALLING = Path(__file__).parent / "files" / "calling.yaml"
CALLER = "calling-sidecar"
IMAGE = "localhost/meshx/proxyv2:1"
INBOUND = 15006
READY_SECONDS = 60


@contextmanager
def pod_sidecar(authority: Authority, namespace: str, service: str, port: int) -> Iterator[None]:
    """Have Service `<service>-sidecar` lead to it, where the gateway looks for the service; gone in the end."""
    certificates = authority.secret(f"spiffe://cluster.local/ns/{namespace}/sa/{service}")
    settings = ENVOY.read_text().replace("SERVICE", f"{service}.{namespace}.svc.cluster.local")
    with _envoy(namespace, f"{service}-sidecar", port, settings.replace("PORT", str(port)), certificates):
        yield


@contextmanager
def calling_sidecar(namespace: str, host: str, port: int) -> Iterator[str]:
    """The sidecar of a pod that calls `<workload>.<namespace>`; yields the URL by which pods have it call."""
    settings = CALLING.read_text().replace("WORKLOAD", host).replace("PILOT", ADDRESS)
    with _envoy(namespace, CALLER, port, settings, {}):
        yield f"http://{CALLER}.{namespace}:{port}/"


@contextmanager
def _envoy(namespace: str, name: str, port: int, settings: str, files: dict[str, bytes]) -> Iterator[None]:
    core, apps = client.CoreV1Api(cluster.api()), client.AppsV1Api(cluster.api())
    secret = {"metadata": {"name": name}, "stringData": {file: pem.decode() for file, pem in files.items()}}
    core.create_namespaced_secret(namespace, secret)
    core.create_namespaced_config_map(namespace, {"metadata": {"name": name}, "data": {"envoy.yaml": settings}})
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
