"""The way of a call, and what can't work, by the networks of its ends."""

import pytest

from meshx.networks.obstacles import Placed, obstacles
from meshx.networks.routes import Route, route
from meshx.networks.topology import Networks

OWN = Networks(own="network1", gateways=frozenset({"network1"}))


@pytest.mark.parametrize(
    ("caller", "endpoint", "gateways", "expected"),
    [
        ("network1", "network1", {"network1"}, Route.DIRECT),
        ("network2", "network1", {"network1"}, Route.GATEWAY),
        # Without a gateway proxies send directly, whether there is a route or not.
        ("network1", "network2", {"network1"}, Route.DIRECT),
        ("network2", "network1", set(), Route.DIRECT),
        # A caller that does not say where it is goes through the gateway of an endpoint that does.
        ("", "network1", {"network1"}, Route.GATEWAY),
        ("network1", "", {"network1"}, Route.DIRECT),
        ("", "", {""}, Route.DIRECT),
    ],
)
def test_a_call_goes_through_the_gateway_of_another_network_if_there_is_one(
    caller: str, endpoint: str, gateways: set[str], expected: Route
) -> None:
    assert route(caller, endpoint, gateways) is expected


@pytest.mark.parametrize("network", ["", "network1"])
def test_a_machine_of_the_clusters_network_meets_nothing(network: str) -> None:
    assert not list(obstacles(OWN, [Placed("vm-1", network, "10.77.0.11", True)]))


def test_a_machine_of_another_network_behind_a_gateway_meets_nothing() -> None:
    assert not list(obstacles(OWN, [Placed("vm-2", "network2", "10.79.0.12", True)]))


@pytest.mark.parametrize(("by_stack", "remedy"), [(True, "meshx:mesh.network: network1"), (False, "global.network")])
def test_another_network_needs_a_name_for_the_clusters_own(by_stack: bool, remedy: str) -> None:
    (found,) = obstacles(Networks(own="", named_by_stack=by_stack), [Placed("vm-2", "network2", "10.79.0.12", False)])
    assert "the cluster's own network has no name" in found.wrong
    assert remedy in found.remedy


def test_another_network_needs_a_gateway_of_the_clusters() -> None:
    (found,) = obstacles(Networks(own="vpc"), [Placed("vm-2", "network2", "10.79.0.12", True)])
    assert "knows no gateway of vpc on port 15443" in found.wrong
    assert "topology.istio.io/network=vpc" in found.remedy


def test_nobody_serves_on_a_network_that_nobody_reaches() -> None:
    secluded = Networks(own="network1", gateways=frozenset({"network1"}), secluded=frozenset({"network2"}))
    (found,) = obstacles(secluded, [Placed("vm-2", "network2", "10.79.0.12", True)])
    assert "has no gateway and which meshx:networks says nobody reaches" in found.wrong
    assert "reachable: true" in found.remedy
    assert not list(obstacles(secluded, [Placed("vm-2", "network2", "10.79.0.12", False)]))
