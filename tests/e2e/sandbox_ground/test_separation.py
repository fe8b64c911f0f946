"""The far network: everybody reaches its machines, and they reach the load balancers' addresses and nothing else."""

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


def test_a_machine_of_the_far_network_is_reached_from_a_pod_and_from_the_near_network(pod_address: str) -> None:
    assert connects(NEAR, str(machines.machine(FAR).address), 22)
    (answer,) = traffic.from_pod("sleep", f"http://{machines.machine(FAR).address}:22/")
    # Its SSH server is no HTTP server, and so answers what a call cannot read.
    assert "malformed HTTP" in answer.error
