"""Names, labels and addresses, each by the rule of whoever takes them in the end."""

import pytest

from meshx.config.errors.problems import ConfigurationError
from meshx.config.loading import load


@pytest.mark.parametrize("name", ["vm_1", "VM-1", "-vm", "vm-", "vm.1", "v" * 64, "vm 1", "vm\n", ""])
def test_a_machines_name_is_a_dns_label(refused, values, name):
    values["workloads"][0]["machines"][0]["name"] = name
    assert "is not a DNS label" in refused(values)["meshx:workloads[0].machines[0].name"]


def test_a_machines_name_may_begin_with_a_digit_and_a_workloads_may_not(loaded, refused, values):
    values["workloads"][0]["machines"][0]["name"] = "1vm"
    assert loaded(values).machines[0].name == "1vm"
    values["workloads"][0]["name"] = "1vmhttp"
    assert "can't be the name of a Service" in refused(values)["meshx:workloads[0].name"]


@pytest.mark.parametrize(
    ("key", "value", "path"),
    [
        ("version", "v 1", "version"),
        ("version", "-v1", "version"),
        ("version", "v" * 64, "version"),
        ("-version", "v1", "-version"),
        ("a/b/c", "v1", "a/b/c"),
        ("Example.com/team", "x", '["Example.com/team"]'),
    ],
)
def test_labels_follow_the_syntax_of_kubernetes(refused, values, key, value, path):
    values["workloads"][0]["labels"] = {key: value}
    said = refused(values)
    assert [place for place in said if place.endswith(path)] == list(said)


@pytest.mark.parametrize("labels", [{"example.com/team": "a_b.c-d"}, {"empty": ""}, {"a": "1"}])
def test_labels_that_kubernetes_takes_are_taken(loaded, values, labels):
    values["workloads"][0]["labels"] = labels
    assert loaded(values).workloads[0].labels == labels


@pytest.mark.parametrize("place", ["workload", "machine"])
@pytest.mark.parametrize("key", ["app", "topology.istio.io/network"])
def test_labels_that_follow_from_other_keys_are_refused(refused, values, place, key):
    workload = values["workloads"][0]
    (workload if place == "workload" else workload["machines"][0])["labels"] = {key: "x"}
    assert len(refused(values)) == 1


def test_an_ipv6_address_is_taken_in_its_shortest_form(loaded, values):
    values["workloads"][0]["machines"][0]["address"] = "FD00:0:0::0B"
    assert loaded(values).machines[0].address == "fd00::b"


def test_one_address_written_in_two_ways_is_still_one(refused, values):
    first, second = values["workloads"][0]["machines"]
    first["address"], second["address"] = "fd00::b", "FD00:0::0b"
    assert "is taken by" in refused(values)["meshx:workloads[0].machines[1].address"]


def test_a_machine_can_not_have_an_address_of_the_services(refused, values):
    values["workloads"][0]["machines"][0]["address"] = "10.96.7.7"
    assert "lies in 10.96.0.0/16" in refused(values)["meshx:workloads[0].machines[0].address"]


@pytest.mark.parametrize("services", ["10.96.0.0", "10.96.0.1/16", "10.96.0.0/33", "services", "10.96.0.1/32"])
def test_the_services_range_is_a_range(refused, values, services):
    values["cluster"]["servicesCidr"] = services
    assert "meshx:cluster.servicesCidr" in refused(values)


@pytest.mark.parametrize("services", ["auto", "10.96.0.0/16", "fd00:96::/112"])
def test_a_services_range_is_taken_as_written(loaded, values, services):
    values["cluster"]["servicesCidr"] = services
    assert loaded(values).cluster.services_cidr == services


def test_the_same_machine_name_in_two_workloads_is_taken(refused, values):
    values["workloads"].append(
        {
            "name": "other",
            "namespace": "elsewhere",
            "machines": [{"name": "vm-1", "address": "10.77.0.13", "ssh": {"hostKeyFile": "id.pub"}}],
        }
    )
    said = refused(values)
    assert list(said) == ["meshx:workloads[1].machines[0].name"]
    assert "is taken by meshx:workloads[0].machines[0].name" in said["meshx:workloads[1].machines[0].name"]


def test_a_workloads_name_is_its_own_within_its_namespace_only(loaded, refused, values):
    values["workloads"].append({"name": "vmhttp", "namespace": "elsewhere"})
    assert len(loaded(values).workloads) == 2
    values["workloads"][1]["namespace"] = "vm"
    assert "is taken by" in refused(values)["meshx:workloads[1].name"]


@pytest.mark.parametrize("host", ["vm 1", "-vm", "vm..example", "root@vm", ""])
def test_the_host_to_connect_to_is_a_name_or_an_address(refused, values, host):
    values["workloads"][0]["machines"][0]["ssh"]["host"] = host
    assert "neither a host name nor an IP address" in refused(values)["meshx:workloads[0].machines[0].ssh.host"]


@pytest.mark.parametrize(
    "user", ["", "a b", "root;", "-x", "u" * 256, "svc@", "@corp", "a@b@c", "A\\B\\c", "\\svc", "a\nb"]
)
def test_a_user_is_a_login_name(refused, values, user):
    values["ssh"]["user"] = user
    assert "is not the name of a user" in refused(values)["meshx:ssh.user"]


@pytest.mark.parametrize(
    "user", ["root", "svc@corp.example.com", "CORP\\svc", "corp.example.com\\svc", "vm1$", "a.b-c_d"]
)
def test_a_user_may_be_one_of_a_directory(loaded, values, user):
    values["ssh"]["user"] = user
    assert loaded(values).machines[0].ssh.user == user


@pytest.mark.parametrize("ports", [[], [{"name": "http", "port": 80}]])
def test_an_address_of_the_pods_is_free_on_another_network_for_a_machine_that_only_calls(values, project, ports):
    values["cluster"]["podsCidr"] = "10.77.0.0/24"
    values["workloads"][0] |= {"network": "network2", "ports": ports}
    told = []
    try:
        load(values, project)
    except ConfigurationError as error:
        told = [problem.path for problem in error.problems]
    assert told == ([f"meshx:workloads[0].machines[{at}].address" for at in (0, 1)] if ports else [])
