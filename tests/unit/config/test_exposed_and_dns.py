"""Services for machines under names of their own, and a domain that the cluster's DNS forwards."""

import pytest

HTTPBIN = {"service": "httpbin", "namespace": "bar", "port": 8000}


def test_a_service_is_exposed_by_name_namespace_and_port(loaded, values):
    values["exposed"] = [HTTPBIN]
    (one,) = loaded(values).exposed
    assert (one.host, one.real_host) == ("httpbin.bar.global", "httpbin.bar.svc.cluster.local")
    assert (one.protocol, one.address, one.machines, one.service_account) == (None, None, None, None)


@pytest.mark.parametrize("address", ["127.255.0.3", "10.200.0.7"])
def test_an_address_by_hand_is_one_of_the_range_or_a_virtual_one(loaded, values, address):
    values["exposed"] = [{**HTTPBIN, "address": address}]
    assert loaded(values).exposed[0].address == address


def test_services_and_addresses_stand_once(refused, values):
    values["exposed"] = [{**HTTPBIN, "address": "127.255.0.3"}, {**HTTPBIN, "port": 9000, "address": "127.255.0.3"}]
    said = refused(values)
    assert "one entry, with all ports that are meant under `ports`" in said["meshx:exposed[1].service"]
    assert "is taken by meshx:exposed[0].address" in said["meshx:exposed[1].address"]


@pytest.mark.parametrize(
    ("ports", "named"), [({}, ()), ({"port": 8000}, (8000,)), ({"ports": [9000, 8000]}, (9000, 8000))]
)
def test_a_service_is_exposed_with_all_its_ports_unless_some_are_named(loaded, values, ports, named):
    values["exposed"] = [{"service": "httpbin", "namespace": "bar", **ports}]
    assert loaded(values).exposed[0].named_ports == named


@pytest.mark.parametrize(
    ("keys", "path", "words"),
    [
        ({"port": 8000, "ports": [9000]}, "ports", "both `port` and `ports` say what is exposed -> one of them"),
        ({"protocol": "HTTP"}, "protocol", "it says what one port carries, and there is no `port`"),
        ({"ports": [8000], "protocol": "HTTP"}, "protocol", "it says what one port carries, and there is no `port`"),
        ({"ports": [8000, 8000]}, "ports[1]", "port 8000 is taken by meshx:exposed[0].ports[0]"),
        ({"ports": []}, "ports", "no port is named"),
        ({"ports": [0]}, "ports[0]", "1"),
    ],
)
def test_ports_that_say_two_things_or_nothing_are_refused_by_their_path(refused, values, keys, path, words):
    values["exposed"] = [{"service": "httpbin", "namespace": "bar", **keys}]
    said = refused(values)
    assert list(said) == [f"meshx:exposed[0].{path}"]
    assert words in said[f"meshx:exposed[0].{path}"]


def test_the_same_name_in_two_namespaces_is_two_services(loaded, values):
    values["exposed"] = [HTTPBIN, {**HTTPBIN, "namespace": "foo"}]
    assert [one.host for one in loaded(values).exposed] == ["httpbin.bar.global", "httpbin.foo.global"]


def test_a_machine_that_there_is_not_cannot_know_a_name(refused, values):
    values["exposed"] = [{**HTTPBIN, "machines": ["vm-1", "vm-9"]}]
    assert refused(values) == {"meshx:exposed[0].machines[1]": "there is no machine vm-9 -> one of vm-1, vm-2\n"}


def test_a_mesh_without_a_network_exposes_nothing(refused, values):
    values["exposed"] = [HTTPBIN]
    del values["mesh"]["network"]
    assert "a single network without a name" in refused(values)["meshx:exposed"]


def test_the_clusters_dns_is_left_alone_unless_a_server_is_named(loaded, values):
    assert loaded(values).dns.servers == ()
    values["dns"] = {"servers": ["10.0.0.53", "10.0.0.54:5353", "fd00::53"]}
    assert (loaded(values).dns.domain, loaded(values).dns.kind) == ("global", "auto")


@pytest.mark.parametrize("key", [{"domain": "corp"}, {"kind": "coredns"}])
def test_a_domain_without_servers_is_refused(refused, values, key):
    values["dns"] = key
    assert "without a server nothing is forwarded" in refused(values)["meshx:dns.servers"]


@pytest.mark.parametrize("domain", ["local", "cluster.local", "bar.svc.cluster.local"])
def test_the_clusters_own_names_are_not_sent_away(refused, values, domain):
    values["dns"] = {"servers": ["10.0.0.53"], "domain": domain}
    assert "serves names of" in refused(values)["meshx:dns.domain"]
