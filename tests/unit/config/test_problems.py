"""How problems are told: all at once, by path, in the words of the file."""

import pytest

from meshx.config.errors.problems import ConfigurationError
from meshx.config.loading import load


def test_all_problems_are_told_at_once_each_with_its_path(refused, values):
    del values["cluster"]["context"]
    values["mesh"]["istioVersion"] = "1.9"
    values["workloads"][0]["ports"] = "http"
    values["workloads"][0]["machines"][1] |= {"name": "vm-1", "address": "10.77.0.300"}
    values["labels"] = {"a b": "c"}
    assert set(refused(values)) == {
        "meshx:cluster.context",
        'meshx:labels["a b"]',
        "meshx:mesh.istioVersion",
        "meshx:workloads[0].machines[1].address",
        "meshx:workloads[0].machines[1].name",
        "meshx:workloads[0].ports",
    }


def test_the_error_reads_as_a_list_of_places_with_what_is_wrong_and_what_to_write(project, values):
    values["workloads"][0]["ports"] = "http"
    values["workloads"][0]["onUnreachable"] = "forgit"
    with pytest.raises(ConfigurationError) as raised:
        load(values, project)
    assert str(raised.value).splitlines() == [
        "The stack's configuration has 2 problems:",
        "meshx:workloads[0].onUnreachable",
        "    expected fail or forget, found the text 'forgit'",
        "    write: forget",
        "meshx:workloads[0].ports",
        "    expected a list of ports, found the text 'http'",
        '    write: ports: [{name: "http", port: 8080}] (Its ports. '
        "Left out: it only makes calls, and nobody can call it.)",
    ]


@pytest.mark.parametrize(
    ("place", "key", "meant"),
    [
        ("cluster", "kubeconfig", "kubeconfigFile"),
        ("mesh", "istio_version", "istioVersion"),
        ("mesh", "trustdomain", "trustDomain"),
        ("ssh", "privateKey", "privateKeyFile"),
    ],
)
def test_an_unknown_key_is_answered_with_the_nearest_known(refused, values, place, key, meant):
    values[place][key] = "x"
    said = refused(values)[f"meshx:{place}.{key}"]
    assert said.startswith(f'unknown key "{key}"')
    assert f"-> {meant}," in said


def test_an_unknown_top_level_key_is_answered_with_the_nearest_known(refused, values):
    values["workload"] = values.pop("workloads")
    assert "workloads" in refused(values)["meshx:workload"]


def test_a_key_in_the_wrong_section_is_told_where_it_belongs(refused, values):
    values["workloads"][0]["trustDomain"] = "cluster.local"
    assert "known as meshx:mesh.trustDomain" in refused(values)["meshx:workloads[0].trustDomain"]


@pytest.mark.parametrize("key", ["serviceAccount", "namespace", "ports", "probe"])
def test_what_belongs_to_the_workload_is_not_said_at_a_machine(refused, values, key):
    values["workloads"][0]["machines"][0][key] = "x"
    assert "at the workload" in refused(values)[f"meshx:workloads[0].machines[0].{key}"]


@pytest.mark.parametrize(
    ("change", "path", "said"),
    [
        (
            {"cluster": []},
            "meshx:cluster",
            "expected a group of keys (context, kubeconfigFile, servicesCidr, podsCidr and endpoint), found a list",
        ),
        ({"cluster": {"context": 7}}, "meshx:cluster.context", "expected a text, found the number 7"),
        ({"cluster": {"context": None}}, "meshx:cluster.context", "expected a text, found nothing"),
        ({"cluster": {"context": ""}}, "meshx:cluster.context", "found an empty text"),
        ({"ssh": {"port": "22"}}, "meshx:ssh.port", "expected a port number from 1 to 65535, found the text '22'"),
        ({"ssh": {"port": 0}}, "meshx:ssh.port", "found the number 0"),
        ({"ssh": {"port": True}}, "meshx:ssh.port", "found true"),
        ({"ssh": {"connectTimeoutSeconds": 1.5}}, "meshx:ssh.connectTimeoutSeconds", "expected a whole number"),
        ({"ssh": {"acceptUnknownHostKey": "yes"}}, "meshx:ssh.acceptUnknownHostKey", "expected true or false"),
        ({"ssh": {"privateKeyFile": 1}}, "meshx:ssh.privateKeyFile", "expected the path of a file, found the number 1"),
        ({"labels": ["a"]}, "meshx:labels", "expected a group of labels, each a key and a text, found a list"),
        ({"workloads": [5]}, "meshx:workloads[0]", '-> {name: "vmhttp", namespace: "vm"}'),
        ({"certificates": {"lifetimeSeconds": 5}}, "meshx:certificates.lifetimeSeconds", "from 60 to 7776000"),
        ({"tokens": {"lifetimeSeconds": 60}}, "meshx:tokens.lifetimeSeconds", "from 600 to 86400, found the number 60"),
        ({"mesh": None}, "meshx:mesh", "found nothing"),
    ],
)
def test_a_value_of_the_wrong_type_is_told_in_words_of_the_file(refused, values, change, path, said):
    assert said in refused({**values, **change})[path]


def test_a_required_section_that_is_missing_is_told_with_what_it_is_for(refused, values):
    del values["cluster"]
    assert "The Kubernetes cluster that the mesh runs on." in refused(values)["meshx:cluster"]


def test_words_of_pydantic_never_reach_the_reader(project, values):
    values |= {"cluster": {"context": {"a": 1}}, "mesh": "x", "ssh": {"port": []}, "workloads": {"a": 1}}
    with pytest.raises(ConfigurationError) as raised:
        load(values, project)
    for word in ("Input should", "valid", "dictionary", "tuple", "pydantic", "instance"):
        assert word not in str(raised.value)


def test_keys_that_are_part_of_the_path_syntax_stand_in_quotes(refused, values):
    values["labels"] = {"example.com/te am": "x"}
    assert list(refused(values)) == ['meshx:labels["example.com/te am"]']


def test_problems_of_one_list_come_in_the_order_of_its_items(project, values):
    machine = values["workloads"][0]["machines"][0]
    values["workloads"][0]["machines"] = [{**machine, "name": "A"} for _ in range(11)]
    with pytest.raises(ConfigurationError) as raised:
        load(values, project)
    positions = [problem.location[3] for problem in raised.value.problems if problem.location[-1] == "name"]
    assert positions == sorted(positions)
    assert positions[-1] == 10
