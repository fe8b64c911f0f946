"""What is waited for, and how long. Sources are files below provider/pkg of github.com/pulumi/pulumi-kubernetes."""

import threading
import time
from typing import Any

import pytest
from kubernetes.client import AppsV1Api, CoreV1Api
from kubernetes.config import new_client_from_config

from tests.conformance.api_server import ApiServer
from tests.conformance.engine import Engine, FailedError, PartlyFailedError, State

SERVICE = "kubernetes:core/v1:Service"
DEPLOYMENT = "kubernetes:apps/v1:Deployment"
CONFIG_MAP = "kubernetes:core/v1:ConfigMap"


def service(namespace: str, annotations: dict[str, str] | None = None, **spec: Any) -> dict[str, Any]:
    metadata = {"name": "web", "namespace": namespace, "annotations": annotations or {}}
    return {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": {"ports": [{"port": 80}], **spec}}


def deployment(namespace: str, annotations: dict[str, str] | None = None) -> dict[str, Any]:
    labels = {"app": "web"}
    pod = {"containers": [{"name": "app", "image": "localhost/none:1"}]}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": namespace, "annotations": annotations or {}},
        "spec": {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": pod}},
    }


def config_map(namespace: str, wait_for: str, seconds: int) -> dict[str, Any]:
    annotations = {"pulumi.com/waitFor": wait_for, "pulumi.com/timeoutSeconds": str(seconds)}
    metadata = {"name": "settings", "namespace": namespace, "annotations": annotations}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"phase": "new"}}


def test_a_load_balancer_is_waited_for_until_it_has_an_address(engine: Engine, core: CoreV1Api, namespace: str) -> None:
    """await/service.go; a Service without selector has no endpoints to wait for (pulumi-kubernetes#3142)."""
    status = {"status": {"loadBalancer": {"ingress": [{"ip": "10.77.0.200"}]}}}
    giver = threading.Timer(2, lambda: core.patch_namespaced_service_status("web", namespace, status))
    giver.start()
    began = time.monotonic()
    state = engine.create(SERVICE, service(namespace, type="LoadBalancer"))
    assert time.monotonic() - began >= 2
    assert state.outputs["status"]["loadBalancer"]["ingress"] == [{"ip": "10.77.0.200", "ipMode": "VIP"}]


def test_a_load_balancer_without_an_address_fails_but_is_kept(engine: Engine, namespace: str) -> None:
    """service.go, errorMessages; await/error.go, timeoutError; provider.go, partialError."""
    with pytest.raises(PartlyFailedError, match="reported that it failed to fully initialize or become live") as error:
        engine.create(SERVICE, service(namespace, {"pulumi.com/timeoutSeconds": "1"}, type="LoadBalancer"))
    assert error.value.id == f"{namespace}/web"
    assert "'web' timed out waiting to be Ready" in error.value.reasons[0]
    expected = "Service was not allocated an IP address; does your cloud provider support this?"
    assert error.value.reasons[1:] == [expected]
    assert error.value.outputs["spec"]["type"] == "LoadBalancer"


def test_time_limits_of_the_program_go_before_the_annotation(engine: Engine, namespace: str) -> None:
    """metadata/overrides.go, TimeoutDuration."""
    began = time.monotonic()
    wanted = service(namespace, {"pulumi.com/timeoutSeconds": "600"}, type="LoadBalancer")
    with pytest.raises(PartlyFailedError, match="timed out"):
        engine.create(SERVICE, wanted, timeout=1)
    assert time.monotonic() - began < 30


def test_skip_await_waits_for_nothing(engine: Engine, namespace: str) -> None:
    """metadata/overrides.go, SkipAwaitLogic."""
    state = engine.create(SERVICE, service(namespace, {"pulumi.com/skipAwait": "true"}, type="LoadBalancer"))
    assert state.id == f"{namespace}/web"


def test_a_service_whose_pods_are_not_ready_is_not_ready(engine: Engine, core: CoreV1Api, namespace: str) -> None:
    """service.go: no unready address among the endpoints."""
    labels = {"app": "web"}
    pod = {"metadata": {"name": "web", "labels": labels}, "spec": {"containers": [{"name": "a", "image": "x"}]}}
    core.create_namespaced_pod(namespace, pod)
    core.patch_namespaced_pod_status("web", namespace, {"status": {"podIP": "10.244.0.9", "phase": "Running"}})
    with pytest.raises(PartlyFailedError) as error:
        engine.create(SERVICE, service(namespace, {"pulumi.com/timeoutSeconds": "3"}, selector=labels))
    assert "Service does not target any Pods. Selected Pods may not be ready" in error.value.reasons[1]


def test_a_service_that_finds_no_pods_is_ready_once_its_endpoints_have_settled(engine: Engine, namespace: str) -> None:
    """service.go: ten seconds without a change; pulumi-kubernetes#3142: there may be no pods at all."""
    began = time.monotonic()
    engine.create(SERVICE, service(namespace, selector={"app": "web"}))
    assert 9 < time.monotonic() - began < 30


@pytest.mark.parametrize(
    "spec",
    [
        {},
        {"selector": {"app": "web"}, "clusterIP": "None"},
        {"selector": {"app": "web"}, "type": "ExternalName", "externalName": "web.test"},
    ],
)
def test_a_service_with_no_pods_to_wait_for_is_ready_at_once(
    engine: Engine, namespace: str, spec: dict[str, Any]
) -> None:
    """service.go, shouldWaitForPods; pulumi-kubernetes#3142: without selector, headless, ExternalName."""
    began = time.monotonic()
    engine.create(SERVICE, service(namespace, **spec))
    assert time.monotonic() - began < 5


def test_a_deployment_that_gets_no_pods_fails_with_the_reason_and_is_reported_by_a_refresh(
    engine: Engine, namespace: str
) -> None:
    """await/deployment.go, errorMessages and Read; error.go, initializationError."""
    with pytest.raises(PartlyFailedError) as error:
        engine.create(DEPLOYMENT, deployment(namespace, {"pulumi.com/timeoutSeconds": "3"}))
    assert "Minimum number of live Pods was not attained" in error.value.reasons
    inputs = engine.check(DEPLOYMENT, deployment(namespace))
    state = State(error.value.id, inputs, error.value.outputs)
    with pytest.raises(PartlyFailedError) as seen:
        engine.read(DEPLOYMENT, state.id, state)
    assert seen.value.reasons[0] == "Resource 'web' was created but failed to initialize"
    assert "Minimum number of live Pods was not attained" in seen.value.reasons


def test_a_deployment_is_ready_with_its_pods(
    engine: Engine, core: CoreV1Api, api_server: ApiServer, namespace: str
) -> None:
    """deployment.go: Available, and the ReplicaSet's pods ready."""
    apps = AppsV1Api(new_client_from_config(str(api_server.kubeconfig)))
    stop = threading.Event()
    kubelet = threading.Thread(target=_say_pods_are_ready, args=(core, namespace, stop))
    kubelet.start()
    try:
        state = engine.create(DEPLOYMENT, deployment(namespace))
        changed = deployment(namespace)
        changed["spec"]["template"]["metadata"]["labels"] = {"app": "web", "version": "2"}
        state = engine.update(DEPLOYMENT, state, changed)
    finally:
        stop.set()
        kubelet.join()
    assert state.outputs["status"]["readyReplicas"] == 1
    assert state.outputs["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "2"
    assert engine.read(DEPLOYMENT, state.id, state) is not None
    selector = deployment(namespace)
    selector["spec"]["selector"]["matchLabels"] = {"app": "other"}
    assert engine.diff(DEPLOYMENT, state, selector).replaces == ["spec.selector.matchLabels.app"]
    engine.delete(DEPLOYMENT, state)
    assert apps.list_namespaced_replica_set(namespace).items == []


def _say_pods_are_ready(core: CoreV1Api, namespace: str, stop: threading.Event) -> None:
    """What a node would do: run the pods."""
    while not stop.wait(0.3):
        for pod in core.list_namespaced_pod(namespace).items:
            conditions = [{"type": "Ready", "status": "True"}]
            ready = {"status": {"phase": "Running", "conditions": conditions}}
            core.patch_namespaced_pod_status(pod.metadata.name, namespace, ready)
            if pod.metadata.deletion_timestamp:
                core.delete_namespaced_pod(pod.metadata.name, namespace, grace_period_seconds=0)


@pytest.mark.parametrize(
    "wait_for",
    [
        "jsonpath={.data.phase}=done",
        "jsonpath={.data['phase']}=done",
        '["jsonpath={.data.phase}=done", "jsonpath={.data.phase}"]',
        "jsonpath={.metadata.managedFields[?(@.manager=='other')].operation}",
        "jsonpath={.metadata.labels.done}",
    ],
)
def test_wait_for_waits_until_all_its_expressions_hold(
    engine: Engine, core: CoreV1Api, namespace: str, wait_for: str
) -> None:
    """metadata/overrides.go, ReadyCondition; pkg/jsonpath."""
    change = {"data": {"phase": "done"}, "metadata": {"labels": {"done": "yes"}}}

    def finish() -> None:
        core.patch_namespaced_config_map("settings", namespace, change, field_manager="other")

    threading.Timer(1, finish).start()
    state = engine.create(CONFIG_MAP, config_map(namespace, wait_for, seconds=30))
    assert state.outputs["data"] == {"phase": "done"}


def test_wait_for_a_condition_looks_at_the_status(engine: Engine, core: CoreV1Api, namespace: str) -> None:
    """condition/custom.go: `condition=Type=Status`, True if none is given, case aside."""
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": "one",
            "namespace": namespace,
            "annotations": {"pulumi.com/waitFor": "condition=Odd=maybe", "pulumi.com/timeoutSeconds": "20"},
        },
        "spec": {"containers": [{"name": "a", "image": "x"}]},
    }
    status = {"status": {"conditions": [{"type": "Odd", "status": "Maybe"}]}}
    threading.Timer(1, lambda: core.patch_namespaced_pod_status("one", namespace, status)).start()
    assert engine.create("kubernetes:core/v1:Pod", pod).id == f"{namespace}/one"


def test_wait_for_what_never_comes_fails_in_time_but_keeps_the_object(engine: Engine, namespace: str) -> None:
    """await/internal/awaiter.go: timed out waiting for the condition."""
    with pytest.raises(PartlyFailedError, match="timed out waiting for the condition") as error:
        engine.create(CONFIG_MAP, config_map(namespace, "jsonpath={.data.phase}=done", seconds=1))
    assert error.value.outputs["data"] == {"phase": "new"}


def test_a_malformed_wait_for_is_an_error(engine: Engine, namespace: str) -> None:
    """ReadyCondition: neither prefix."""
    with pytest.raises(FailedError, match='expected a "jsonpath=" or "condition=" prefix, got "ready"'):
        engine.create(CONFIG_MAP, config_map(namespace, "ready", seconds=1))


def test_a_deletion_held_up_by_a_finalizer_fails_in_time(engine: Engine, core: CoreV1Api, namespace: str) -> None:
    """await.go, Deletion; condition/deleted.go."""
    inputs = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "held", "namespace": namespace, "finalizers": ["conformance.test/hold"]},
    }
    state = engine.create(CONFIG_MAP, inputs)
    with pytest.raises(FailedError, match="timed out waiting for the condition"):
        engine.delete(CONFIG_MAP, state, timeout=1)
    core.patch_namespaced_config_map("held", namespace, {"metadata": {"finalizers": None}})
    engine.delete(CONFIG_MAP, state)


@pytest.mark.parametrize(("policy", "left"), [("orphan", ["web"]), ("background", []), ("foreground", [])])
def test_dependents_go_as_the_deletion_policy_says(
    engine: Engine, api_server: ApiServer, namespace: str, policy: str, left: list[str]
) -> None:
    """metadata/overrides.go, DeletionPropagation."""
    apps = AppsV1Api(new_client_from_config(str(api_server.kubeconfig)))
    annotations = {"pulumi.com/skipAwait": "true", "pulumi.com/deletionPropagationPolicy": policy}
    inputs = deployment(namespace, annotations)
    inputs["spec"]["replicas"] = 0
    state = engine.create(DEPLOYMENT, inputs)
    _wait_for(lambda: apps.list_namespaced_replica_set(namespace).items)
    engine.delete(DEPLOYMENT, state)
    _wait_for(lambda: not apps.list_namespaced_deployment(namespace).items)
    if not left:
        _wait_for(lambda: not apps.list_namespaced_replica_set(namespace).items)
    names = [item.metadata.name.split("-")[0] for item in apps.list_namespaced_replica_set(namespace).items]
    assert names == left


def _wait_for(holds: Any) -> None:
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)
