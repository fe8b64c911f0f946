"""What a workload serves, and how it is known that it does."""

import pytest

from meshx.config.sections.ports import TAKEN_PORTS


@pytest.mark.parametrize("number", sorted(TAKEN_PORTS))
@pytest.mark.parametrize("key", ["port", "targetPort"])
def test_a_port_of_the_proxy_or_of_ssh_is_refused_with_its_use(refused, values, number, key):
    values["workloads"][0]["ports"][0][key] = number
    assert TAKEN_PORTS[number] in refused(values)[f"meshx:workloads[0].ports[0].{key}"]


@pytest.mark.parametrize("number", [0, -1, 65536, 8080.0, "8080"])
def test_a_port_is_a_whole_number_from_1_to_65535(refused, values, number):
    values["workloads"][0]["ports"][0]["port"] = number
    assert "a port number from 1 to 65535" in refused(values)["meshx:workloads[0].ports[0].port"]


def test_names_and_numbers_of_ports_are_given_once(refused, values):
    values["workloads"][0]["ports"] = [{"name": "http", "port": 80}, {"name": "http", "port": 80}]
    assert set(refused(values)) == {"meshx:workloads[0].ports[1].name", "meshx:workloads[0].ports[1].port"}


@pytest.mark.parametrize("second", [{"port": 81, "targetPort": 8080}, {"port": 8080}])
def test_one_port_of_the_machine_serves_one_port_of_the_workload(refused, values, second):
    values["workloads"][0]["ports"].append({"name": "http-admin", **second})
    (said,) = refused(values).values()
    assert "8080 is taken by meshx:workloads[0].ports[0].targetPort" in said


@pytest.mark.parametrize(
    ("name", "protocol"),
    [("http", "HTTP"), ("http-web", "HTTP"), ("grpc-web", "GRPC-Web"), ("grpc-api", "GRPC"), ("tcp-data", "TCP")],
)
def test_the_protocol_is_what_the_name_begins_with(loaded, values, name, protocol):
    values["workloads"][0]["ports"][0]["name"] = name
    assert loaded(values).workloads[0].ports[0].carries == protocol


def test_a_name_without_a_protocol_needs_one_beside_it(refused, loaded, values):
    values["workloads"][0]["ports"][0]["name"] = "web"
    assert "begins with none" in refused(values)["meshx:workloads[0].ports[0].protocol"]
    values["workloads"][0]["ports"][0]["protocol"] = "HTTP"
    assert loaded(values).workloads[0].ports[0].carries == "HTTP"


def test_a_machine_is_probed_by_a_connection_to_its_first_port_unless_the_file_says_otherwise(loaded, values):
    workload = values["workloads"][0]
    assert loaded(values).workloads[0].effective_probe.tcp.port == 8080
    workload["probe"] = {"http": {"port": 8080, "path": "/healthz"}, "periodSeconds": 2}
    probe = loaded(values).workloads[0].effective_probe
    assert (probe.http.path, probe.tcp, probe.period_seconds, probe.failure_threshold) == ("/healthz", None, 2, 3)
    workload["probe"] = "none"
    assert loaded(values).workloads[0].effective_probe is None


def test_a_workload_without_ports_is_not_probed(loaded, refused, values):
    workload = values["workloads"][0]
    del workload["ports"]
    assert loaded(values).workloads[0].effective_probe is None
    workload["probe"] = {"tcp": {"port": 8080}}
    assert "it only calls" in refused(values)["meshx:workloads[0].probe"]


@pytest.mark.parametrize(
    ("probe", "path", "said"),
    [
        ({}, "", "does not say how to probe"),
        ({"periodSeconds": 2}, "", "does not say how to probe"),
        ({"tcp": {"port": 1}, "http": {"port": 1}}, ".http", "one of tcp already"),
        ({"tcp": {"port": 15021}}, ".tcp.port", "the proxy's health"),
        ({"http": {"port": 80, "path": "healthz"}}, ".http.path", "begins with '/'"),
        ({"exec": {"command": []}}, ".exec.command", "command is empty"),
        ({"exec": {"command": "true"}}, ".exec.command", "expected a list of command"),
        ({"tcp": {"port": 80}, "periodSeconds": 0}, ".periodSeconds", "from 1 to 3600"),
        ("nothing", "", "expected none, or a group of keys (tcp, http or exec), found the text 'nothing'"),
    ],
)
def test_a_probe_that_can_not_work_is_refused(refused, values, probe, path, said):
    values["workloads"][0]["probe"] = probe
    assert said in refused(values)[f"meshx:workloads[0].probe{path}"]
