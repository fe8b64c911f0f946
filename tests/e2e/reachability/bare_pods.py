"""A service whose pod has no sidecar, in a namespace outside the mesh; it calls as well."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from kubernetes import client

from sandbox.kubernetes import cluster, pods

OUTSIDE = "outside"
BARE = "bare"
READY_SECONDS = 60


@contextmanager
def bare_pod() -> Iterator[None]:
    """Make it, and take it away when the block ends."""
    core = client.CoreV1Api(cluster.api())
    core.create_namespace(client.V1Namespace(metadata=client.V1ObjectMeta(name=OUTSIDE)))
    try:
        _until(lambda: bool(core.list_namespaced_service_account(OUTSIDE).items))
        container = client.V1Container(
            name=BARE, image="localhost/meshx/echo:1", image_pull_policy="IfNotPresent", args=["serve", ":8080"]
        )
        spec = client.V1PodSpec(containers=[container], termination_grace_period_seconds=0)
        metadata = client.V1ObjectMeta(name=BARE, labels={"app": BARE})
        core.create_namespaced_pod(OUTSIDE, client.V1Pod(metadata=metadata, spec=spec))
        ports = [client.V1ServicePort(name="http", port=80, target_port=8080)]
        service = client.V1ServiceSpec(selector={"app": BARE}, ports=ports)
        metadata = client.V1ObjectMeta(name=BARE)
        core.create_namespaced_service(OUTSIDE, client.V1Service(metadata=metadata, spec=service))
        _until(lambda: pods.list_pods(OUTSIDE)[0].status.phase == "Running")
        yield
    finally:
        core.delete_namespace(OUTSIDE)


def _until(true: object) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not true():  # type: ignore[operator]
        assert time.monotonic() < deadline, f"namespace {OUTSIDE} is not ready after {READY_SECONDS} s"
        time.sleep(0.3)
