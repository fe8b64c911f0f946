"""A group's instances know the names of exposed services by their proxies: no hosts line is written, and a service that
is exposed later on is known without an instance being made anew."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from kubernetes import client

from sandbox import machines, traffic
from sandbox.kubernetes import cluster
from sandbox.traffic import services
from tests.e2e.gce.cloud_project import instances_in_place
from tests.e2e.gce.one_group import SETTLE_SECONDS, calling, members, settled
from tests.e2e.gce.package_mirror import Mirror
from tests.e2e.networks.upstreams import upstreams
from tests.e2e.stack.mesh_project import MeshProject
from tests.e2e.stack.settling import settled as answered

pytestmark = pytest.mark.usefixtures("sandbox")
SIZE = 2
IDENTITY = "spiffe://cluster.local/ns/vm/sa/vmhttp"
HTTP_URL, RAW_URL = "http://httpbin.bar.global:8000/", "http://raw.bar.global:9000/"


@pytest.fixture(scope="module")
def stack(project: MeshProject, mirror: Mirror) -> Iterator[MeshProject]:
    """The stack of a group, up, which exposes nothing yet; and a Service of TCP before httpbin's pods."""
    group = {"size": SIZE, "gce": {"startup": "start-echo.sh"}}
    project.configure(instances_in_place(mirror, project.folder, group=group))
    project.expect("up", "--yes", "--skip-preview")
    services.restart_uninjected()
    core = client.CoreV1Api(cluster.api())
    ports = [client.V1ServicePort(name="tcp", port=9000, target_port=8080)]
    spec = client.V1ServiceSpec(selector={"app": "httpbin"}, ports=ports)
    core.create_namespaced_service("bar", client.V1Service(metadata=client.V1ObjectMeta(name="raw"), spec=spec))
    yield project
    core.delete_namespaced_service("raw", "bar")


def rolled_over(before: dict[str, str]) -> None:
    """Wait until the group has instances of another template alone."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while len(there := members()) != SIZE or set(there) & set(before):
        assert time.monotonic() < deadline, there
        time.sleep(1)
    settled(SIZE)


def started() -> dict[str, str]:
    """When each instance's proxy was started."""
    show = ["systemctl", "show", "-p", "ActiveEnterTimestamp", "istio"]
    return {name: machines.execute(name, show).stdout for name in members()}


def test_a_group_gets_to_know_a_name_and_no_call_to_it_fails(stack: MeshProject) -> None:
    settled(SIZE)
    before = members()
    with calling() as calls:
        stack.configure(lambda config: config.update(exposed=[{"service": "httpbin", "namespace": "bar"}]))
        stack.expect("up", "--yes", "--skip-preview")
        rolled_over(before)
    print(f"a group that gets its first exposed name: {calls.summary()}")
    assert not calls.failed, calls.failed[0]
    for name in members():
        answer = answered(lambda name=name: traffic.from_machine(name, HTTP_URL)[0])
        assert (answer.status, answer.caller) == (200, IDENTITY), answer
        assert machines.execute(name, ["getent", "hosts", "httpbin.bar.global"]).stdout.startswith("127.255.")
        assert ".global" not in machines.execute(name, ["cat", "/etc/hosts"]).stdout


def test_a_further_name_is_known_without_a_change_of_any_instance(stack: MeshProject) -> None:
    before = started()
    with calling() as calls:
        stack.configure(lambda config: config["exposed"].append({"service": "raw", "namespace": "bar"}))
        stack.expect("up", "--yes", "--skip-preview")
        answers = {name: answered(lambda name=name: traffic.from_machine(name, RAW_URL)[0]) for name in before}
    print(f"a group that gets a further name: {calls.summary()}")
    assert not calls.failed, calls.failed[0]
    assert {(one.status, one.caller) for one in answers.values()} == {(200, IDENTITY)}, answers
    assert started() == before, "an instance was made anew, or its proxy started"
    for name in before:
        # Nothing listens at the gateway for other networks: the connections went to the service itself.
        assert sum(upstreams(name, "raw.bar.svc.cluster.local").values()) > 0
        assert sum(upstreams(name, "raw.bar.global").values()) == 0
    made = [answer for name in before for url in (HTTP_URL, RAW_URL) for answer in traffic.from_machine(name, url, 50)]
    print(f"{len(made)} calls of {len(before)} instances by names: {sum(not one.succeeded for one in made)} failed")
    assert all(one.succeeded for one in made)
