"""Machines on other networks: what works by itself, and what is refused with the reason."""

import pytest

from meshx.config.errors.problems import ConfigurationError
from meshx.config.stack_networks import stack_networks, undeclared_networks


@pytest.mark.parametrize("where", ["workload", "machine"])
def test_a_machine_on_another_network_needs_nothing_else(loaded, values, where):
    workload = values["workloads"][0]
    (workload if where == "workload" else workload["machines"][0])["network"] = "network2"
    assert loaded(values).machines[0].network == "network2"


@pytest.mark.parametrize("where", ["workload", "machine"])
def test_a_mesh_whose_own_network_has_no_name_has_no_other(refused, values, where):
    del values["mesh"]["network"]
    workload = values["workloads"][0]
    (workload if where == "workload" else workload["machines"][0])["network"] = "network2"
    path = "meshx:workloads[0].network" if where == "workload" else "meshx:workloads[0].machines[0].network"
    said = refused(values)
    assert "the cluster's own network has no name" in said[path]
    assert "-> a name for the cluster's network, meshx:mesh.network" in said[path]


def test_a_machine_that_serves_where_nobody_reaches_it_is_refused_and_one_that_calls_is_not(refused, loaded, values):
    values["networks"] = [{"name": "network2", "reachable": False}]
    values["workloads"][0]["machines"][1]["network"] = "network2"
    said = refused(values)
    assert list(said) == ["meshx:workloads[0].machines[1].network"]
    assert "vm-2 serves at 10.77.0.12 on network2, which has no gateway" in said[next(iter(said))]
    del values["workloads"][0]["ports"]
    assert loaded(values).secluded_networks == {"network2"}


@pytest.mark.parametrize(
    ("name", "words"), [("network1", "is the cluster's own network"), ("netwrk2", "no machine is on netwrk2")]
)
def test_a_network_of_nobody_is_refused(refused, values, name, words):
    values["networks"] = [{"name": name}]
    assert words in refused(values)["meshx:networks[0].name"]


def test_a_network_is_described_once(refused, values):
    values["workloads"][0]["network"] = "network2"
    values["networks"] = [{"name": "network2"}, {"name": "network2", "reachable": False}]
    assert "is taken by meshx:networks[0].name" in refused(values)["meshx:networks[1].name"]


def test_one_address_may_stand_on_two_networks(loaded, values):
    first, second = values["workloads"][0]["machines"]
    second |= {"network": "network2", "address": first["address"]}
    assert {machine.address for machine in loaded(values).machines} == {first["address"]}


def test_the_network_of_an_adopted_control_plane_need_not_be_known_yet(loaded, values):
    values["mesh"] = {"istioVersion": "1.31", "install": {"controlPlane": False, "gateway": False}}
    values["workloads"][0]["network"] = "network2"
    assert loaded(values).machines[0].network == "network2"


def test_an_adopted_control_plane_of_the_classic_line_does_not_say_its_network(refused, loaded, values):
    values["mesh"] = {"istioVersion": "1.4.10", "install": {"controlPlane": False}}
    values["workloads"][0]["network"] = "network2"
    said = refused(values)
    assert list(said) == ["meshx:workloads[0].network"]
    assert "the cluster's own network has no name" in said["meshx:workloads[0].network"]
    assert "-> a name for the cluster's network, meshx:mesh.network" in said["meshx:workloads[0].network"]
    values["mesh"]["network"] = "network1"
    assert loaded(values).machines[0].network == "network2"


def test_a_close_name_that_is_meant_is_listed_or_is_that_of_several(loaded, refused, values):
    workload = values["workloads"][0]
    workload["machines"][0]["network"] = "netwrok1"
    assert "close to network1" in refused(values)["meshx:workloads[0].machines[0].network"]
    workload["machines"][1]["network"] = "netwrok1"
    assert loaded(values).machines[1].network == "netwrok1"
    del workload["machines"][1]["network"]
    values["networks"] = [{"name": "netwrok1"}]
    assert loaded(values).machines[0].network == "netwrok1"


def test_a_network_close_to_that_of_an_adopted_mesh_is_told_when_its_name_is_known(loaded, values):
    values["mesh"] = {"istioVersion": "1.31", "install": {"controlPlane": False, "gateway": False}}
    values["workloads"][0]["machines"][0]["network"] = "netwrok1"
    configuration = loaded(values)
    with pytest.raises(ConfigurationError, match="close to network1"):
        stack_networks(configuration.on_network("network1"), frozenset({"network1"}))
    assert stack_networks(configuration.on_network("vpc"), frozenset({"vpc"})).own == "vpc"


def test_another_network_that_is_not_listed_is_told_with_what_that_means(loaded, values):
    values["workloads"][0]["network"] = "network2"
    assert undeclared_networks(loaded(values)) == [
        "vm-1 and vm-2 are on network2, another network than the cluster's, network1. Their calls to pods go through "
        "the gateway, port 15443, and pods need a route to what serves there. If that is meant, list the network, and "
        "this message ends: meshx:networks: [{name: network2}]"
    ]
    values["networks"] = [{"name": "network2"}]
    assert undeclared_networks(loaded(values)) == []
