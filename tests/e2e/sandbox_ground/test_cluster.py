"""The cluster: services with addresses, pods that answer, and what still answers while parts of it are gone."""

import json
import time
from collections.abc import Callable, Iterator
from ipaddress import IPv4Address
from typing import TypeVar

import pytest
from kubernetes import client

from sandbox import machines, parts
from sandbox.kubernetes import cluster, pods
from sandbox.network.addresses import LOAD_BALANCERS
from sandbox.supervision.supervisor import PartError
from sandbox.traffic import services

pytestmark = pytest.mark.usefixtures("sandbox")

NAMESPACE = "ground-tests"
CALL = ["echo-http", "call"]


@pytest.fixture(scope="module", autouse=True)
def answering_pods() -> Iterator[None]:
    """The test services, and a namespace for what these tests make."""
    services.apply()
    core = client.CoreV1Api(cluster.api())
    core.create_namespace(client.V1Namespace(metadata=client.V1ObjectMeta(name=NAMESPACE)))
    yield
    core.delete_namespace(NAMESPACE)


@pytest.fixture
def balanced() -> Iterator[str]:
    """The name of a Service of type LoadBalancer in front of a pod that answers on port 80."""
    core = client.CoreV1Api(cluster.api())
    name = "balanced"
    container = client.V1Container(
        name="echo", image="localhost/meshx/echo:1", image_pull_policy="IfNotPresent", args=["serve", ":8080"]
    )
    core.create_namespaced_pod(
        NAMESPACE,
        client.V1Pod(
            metadata=client.V1ObjectMeta(name=name, labels={"app": name}),
            spec=client.V1PodSpec(containers=[container], termination_grace_period_seconds=0),
        ),
    )
    core.create_namespaced_service(
        NAMESPACE,
        client.V1Service(
            metadata=client.V1ObjectMeta(name=name),
            spec=client.V1ServiceSpec(
                type="LoadBalancer", selector={"app": name}, ports=[client.V1ServicePort(port=80, target_port=8080)]
            ),
        ),
    )
    yield name
    core.delete_namespaced_pod(name, NAMESPACE, grace_period_seconds=0)
    if name in {service.metadata.name for service in core.list_namespaced_service(NAMESPACE).items}:
        core.delete_namespaced_service(name, NAMESPACE)


Answer = TypeVar("Answer")


def until(ask: Callable[[], Answer | None]) -> Answer:
    """What `ask` answers as soon as it answers something."""
    deadline = time.monotonic() + 30
    while (answer := ask()) is None:
        assert time.monotonic() < deadline, "no answer within 30 s"
        time.sleep(0.2)
    return answer


def address_of(name: str) -> str:
    core = client.CoreV1Api(cluster.api())

    def ask() -> str | None:
        ingress = core.read_namespaced_service(name, NAMESPACE).status.load_balancer.ingress
        return ingress[0].ip if ingress else None

    return until(ask)


def called_from_machine(url: str) -> str | None:
    """The name of the host that answers a machine's call, or None."""
    done = machines.execute("vm-1", [*CALL, url], seconds=30)
    answer = json.loads(done.stdout or "{}")
    return answer["body"]["host"] if answer.get("status") == 200 else None


def test_a_machine_reaches_a_load_balanced_service_until_it_goes(balanced: str) -> None:
    address = address_of(balanced)
    assert IPv4Address(address) in LOAD_BALANCERS
    url = f"http://{address}/"
    assert until(lambda: called_from_machine(url)) == balanced
    client.CoreV1Api(cluster.api()).delete_namespaced_service(balanced, NAMESPACE)
    until(lambda: True if called_from_machine(url) is None else None)


def test_the_load_balancer_goes_on_after_the_apiserver_was_away(balanced: str) -> None:
    first = address_of(balanced)
    parts.stop("kube-apiserver")
    assert called_from_machine(f"http://{first}/") in {balanced, None}
    parts.start("kube-apiserver")
    core = client.CoreV1Api(cluster.api())
    core.create_namespaced_service(
        NAMESPACE,
        client.V1Service(
            metadata=client.V1ObjectMeta(name="second"),
            spec=client.V1ServiceSpec(
                type="LoadBalancer", selector={"app": balanced}, ports=[client.V1ServicePort(port=80, target_port=8080)]
            ),
        ),
    )
    try:
        second = address_of("second")
        assert second != first
        assert until(lambda: called_from_machine(f"http://{second}/")) == balanced
        assert address_of(balanced) == first
    finally:
        core.delete_namespaced_service("second", NAMESPACE)


def test_a_machine_reaches_a_pod_by_its_own_address(balanced: str) -> None:
    core = client.CoreV1Api(cluster.api())
    address = until(lambda: core.read_namespaced_pod(balanced, NAMESPACE).status.pod_ip)
    assert until(lambda: called_from_machine(f"http://{address}:8080/")) == balanced


def test_a_pod_reaches_a_service_by_its_name() -> None:
    (caller,) = pods.list_pods(services.NAMESPACE, "app=sleep")
    url = f"http://httpbin.{services.NAMESPACE}.svc.cluster.local:8000/"
    done = pods.execute(services.NAMESPACE, caller.metadata.name, ["echo", "call", url])
    answer = json.loads(done.stdout)
    assert (done.returncode, answer["status"]) == (0, 200)
    assert answer["body"]["host"].startswith("httpbin-")


def test_pods_live_on_while_containerd_is_away() -> None:
    (before,) = pods.list_pods(services.NAMESPACE, "app=httpbin")
    parts.stop("containerd")
    parts.start("containerd")
    (after,) = pods.list_pods(services.NAMESPACE, "app=httpbin")
    assert after.metadata.uid == before.metadata.uid
    url = f"http://{after.status.pod_ip}:8080/"
    assert until(lambda: called_from_machine(url)) == after.metadata.name
    (again,) = pods.list_pods(services.NAMESPACE, "app=httpbin")
    assert again.status.container_statuses[0].restart_count == before.status.container_statuses[0].restart_count


def test_a_command_that_a_pod_has_not_is_an_error_that_says_so() -> None:
    (pod,) = pods.list_pods(services.NAMESPACE, "app=sleep")
    with pytest.raises(PartError, match=f"pod {services.NAMESPACE}/{pod.metadata.name}: .*no-such-program"):
        pods.execute(services.NAMESPACE, pod.metadata.name, ["no-such-program"])
