"""Objects of mesh expansion compared with what they have to be."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshx.cluster.expansion_differences import differences, directives
from meshx.istio.classic_versions import VERSIONS
from meshx.istio.expansion_objects import expected_objects

OBJECTS = {one.title: one for version in VERSIONS for one in expected_objects(version, "istio-system", True)}
GATEWAY = OBJECTS["Gateway meshexpansion-gateway"].content


@pytest.mark.parametrize("title", sorted(OBJECTS))
def test_an_object_that_is_as_it_has_to_be_differs_in_nothing(title):
    content = copy.deepcopy(dict(OBJECTS[title].content))
    content["metadata"] = {"labels": {"heritage": "Tiller"}}
    assert differences(OBJECTS[title].content, content) == []


def changed(path: list, value) -> dict:
    content = copy.deepcopy(dict(GATEWAY))
    place = content
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return content


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (["spec", "servers", 0, "port", "number"], 15012, "spec.servers[0].port.number is 15012, not 15011"),
        (["spec", "servers", 2, "tls", "mode"], "SIMPLE", "spec.servers[2].tls.mode is 'SIMPLE'"),
        (["spec", "servers"], [], "spec.servers has 0 entries, not 3"),
        (["spec", "selector"], {}, "spec.selector is empty, which means every proxy"),
        (["spec", "selector"], {"istio": "other"}, "spec.selector is {'istio': 'other'}"),
        (["spec"], {}, "spec.selector is missing"),
    ],
)
def test_a_difference_is_told_with_its_place(path, value, said):
    assert any(said in one for one in differences(GATEWAY, changed(path, value)))


def test_a_selector_may_name_fewer_labels_and_objects_may_have_fields_besides():
    fewer = changed(["spec", "selector"], {"istio": "ingressgateway"})
    assert differences(GATEWAY, fewer) == []
    assert differences(GATEWAY, changed(["spec", "servers", 0, "defaultEndpoint"], "x")) == []


def test_a_corefile_is_read_by_its_directives():
    assert directives(
        ".:53 {\n  errors # why not\n\n  proxy global 127.0.0.1:8053 {\n    protocol grpc insecure\n }\n}"
    ) == {
        ".:53",
        ".:53 / errors",
        ".:53 / proxy global 127.0.0.1:8053",
        ".:53 / proxy global 127.0.0.1:8053 / protocol grpc insecure",
    }


def test_the_corefile_of_another_version_differs():
    old, new = (
        next(one.content for one in expected_objects(version, "istio-system", True) if one.kind == "ConfigMap")
        for version in (VERSIONS[0], VERSIONS[-1])
    )
    assert differences(old, new) == ["data.Corefile has other directives"]


@given(st.data())
def test_the_layout_of_a_corefile_makes_no_difference(data):
    corefile = next(iter(expected_objects(VERSIONS[-1], "istio-system", True))).content["data"]["Corefile"]
    lines = [f"{data.draw(st.sampled_from(['', '  ', chr(9)]))}{line.strip()}" for line in corefile.splitlines()]
    for position in data.draw(st.lists(st.integers(0, len(lines)), max_size=3)):
        lines.insert(position, data.draw(st.sampled_from(["", "   ", "# a remark"])))
    assert directives("\n".join(lines)) == directives(corefile)
