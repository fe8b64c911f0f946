"""What somebody else does in the sandbox's cluster with Helm, which Pulumi's plugin has in it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kubernetes import client
from kubernetes.client.exceptions import ApiException

from sandbox.kubernetes import cluster
from tests.conformance.engine import Engine, State
from tests.e2e.kubernetes_plugin.process import kubernetes_plugin

RELEASE = "kubernetes:helm.sh/v3:Release"
SECONDS = 180
NOT_FOUND = 404


def install(name: str, chart: Path, namespace: str, values: Mapping[str, Any]) -> None:
    """Install a chart, or upgrade its release to these values, in a namespace that is made if need be."""
    wanted = {
        "name": name,
        "chart": str(chart),
        "namespace": namespace,
        "createNamespace": True,
        "values": dict(values),
        "timeout": SECONDS,
        "compat": "true",
    }
    with kubernetes_plugin() as engine:
        there = _release(engine, name, namespace)
        if there is None:
            engine.create(RELEASE, wanted)
        else:
            engine.update(RELEASE, there, wanted)


def uninstall(name: str, namespace: str) -> None:
    """Take a release away; one that is gone is no error."""
    with kubernetes_plugin() as engine:
        if there := _release(engine, name, namespace):
            engine.delete(RELEASE, there)


def _release(engine: Engine, name: str, namespace: str) -> State | None:
    """A release as a look-up by its id finds it."""
    return engine.read(RELEASE, f"{namespace}/{name}")


def remove_definitions() -> None:
    """Take Istio's definitions away, and all objects of theirs with them."""
    extensions = client.ApiextensionsV1Api(cluster.api())
    for definition in extensions.list_custom_resource_definition().items:
        if definition.spec.group.endswith("istio.io"):
            extensions.delete_custom_resource_definition(definition.metadata.name)


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
