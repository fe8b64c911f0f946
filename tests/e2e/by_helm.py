"""What somebody else does in the sandbox's cluster with plain Helm."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from kubernetes import client
from kubernetes.client.exceptions import ApiException

from sandbox import cluster
from sandbox.paths import STATE

SECONDS = 180
NOT_FOUND = 404


def install(name: str, chart: Path, namespace: str, values: Mapping[str, Any]) -> None:
    """Install a chart, or upgrade its release to these values, in a namespace that is made if need be."""
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        yaml.safe_dump(dict(values), file)
        file.flush()
        where = ["--namespace", namespace, "--create-namespace", "--values", file.name]
        helm("upgrade", "--install", name, str(chart), *where, "--wait", "--timeout", f"{SECONDS}s")


def uninstall(name: str, namespace: str) -> None:
    """Take a release away; one that is gone is no error."""
    helm("uninstall", name, "--namespace", namespace, "--ignore-not-found", "--wait")


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


def helm(*words: str) -> None:
    """Run helm on the sandbox's cluster; it has to succeed."""
    ran = helm_ran(*words)
    assert ran.returncode == 0, ran.stderr


def helm_ran(*words: str) -> subprocess.CompletedProcess[str]:
    """Run helm on the sandbox's cluster to its end."""
    command = [str(STATE / "bin" / "helm"), "--kubeconfig", str(STATE / "kubeconfig"), *words]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=SECONDS + 30)
