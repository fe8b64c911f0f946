"""The far network: everybody reaches its machines, and they reach the load balancers' addresses and nothing else."""

from collections.abc import Iterator

import pytest

from sandbox import machines, traffic
from sandbox.kubernetes import pods
from sandbox.machines import MACHINES
from sandbox.network.addresses import FAR_NETWORK, NODE_ADDRESS
from sandbox.traffic import services

pytestmark = pytest.mark.usefixtures("sandbox")

NEAR, FAR = "vm-1", "vm-2"


def connects(machine: str, address: str, port: int) -> bool:
    """Whether a machine gets a TCP connection."""
    return machines.execute(machine, ["timeout", "2", "bash", "-c", f"</dev/tcp/{address}/{port}"]).returncode == 0


@pytest.fixture(scope="module")
def pod_address() -> str:
    """A pod that answers on port 8080."""
    services.apply()
    (pod,) = pods.list_pods(services.NAMESPACE, "app=httpbin")
    return str(pod.status.pod_ip)


def test_a_machine_of_the_far_network_has_an_address_there() -> None:
    (far,) = (machine for machine in MACHINES if machine.network == FAR_NETWORK)
    assert far.name == FAR
    assert far.address in FAR_NETWORK.gateway.network


def test_a_pod_is_reached_from_the_near_network_and_not_from_the_far_one(pod_address: str) -> None:
    assert connects(NEAR, pod_address, 8080)
    assert not connects(FAR, pod_address, 8080)


@pytest.mark.parametrize(
    ("address", "port"),
    [
        (str(NODE_ADDRESS), 6443),
        (str(FAR_NETWORK.gateway.ip), 6443),
        ("10.96.0.1", 443),
        ("10.77.0.11", 22),
    ],
)
def test_nothing_else_is_reached_from_the_far_network(address: str, port: int) -> None:
    if address != str(FAR_NETWORK.gateway.ip):
        assert connects(NEAR, address, port), "nobody answers there, so the drop proves nothing"
    assert not connects(FAR, address, port)


@pytest.fixture
def far_service() -> Iterator[str]:
    """The URL of an HTTP service on the machine of the far network."""
    started = "systemctl start echo-http; until ss -Hltn sport = :8080 | grep -q .; do sleep 0.1; done"
    machines.execute(FAR, ["timeout", "20", "bash", "-c", started]).check_returncode()
    yield f"http://{machines.machine(FAR).address}:8080/"
    machines.execute(FAR, ["systemctl", "stop", "echo-http"]).check_returncode()


@pytest.mark.usefixtures("pod_address")
def test_a_machine_of_the_far_network_is_reached_from_a_pod_and_from_the_near_network(far_service: str) -> None:
    (from_pod,) = traffic.from_pod("sleep", far_service)
    (from_near,) = traffic.from_machine(NEAR, far_service)
    assert [(answer.status, answer.host) for answer in (from_pod, from_near)] == [(200, FAR)] * 2
