"""Arguments of a program as the stack's file has them, and placeholders in the places of outputs."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from meshx.config.errors.problems import ConfigurationError
from meshx.config.leaves import SHOWN, Kind, Leaf, is_placeholder, placeholders_in, shown
from meshx.config.loading import load
from meshx.config.program_arguments import arguments, value_at, with_values
from meshx.join.cluster_env import is_ip_address


@dataclass(frozen=True)
class Later:
    """Stands for an output."""

    name: str


def taken(values: Any) -> Any:
    return arguments(values, lambda value: isinstance(value, Later))


def test_keys_may_be_those_of_python_and_those_of_the_file() -> None:
    given_keys = {"mesh": {"istio_version": "1.31", "trustDomain": "corp"}, "labels": {"cost_center": "7"}}
    assert taken(given_keys).stated == {
        "mesh": {"istioVersion": "1.31", "trustDomain": "corp"},
        "labels": {"cost_center": "7"},
    }


def test_a_key_that_is_given_in_both_ways_is_refused() -> None:
    (problem,) = taken({"mesh": {"istio_version": "1.31", "istioVersion": "1.30"}}).problems
    assert problem.path == "meshx:mesh.istioVersion" and "twice" in problem.wrong


def test_sequences_and_paths_are_taken_as_the_file_has_them() -> None:
    found = taken({"workloads": ({"machines": ({"name": "vm-1"},)},), "cluster": {"kubeconfig_file": Path("a/b")}})
    assert found.stated == {"workloads": [{"machines": [{"name": "vm-1"}]}], "cluster": {"kubeconfigFile": "a/b"}}


@pytest.mark.parametrize(
    ("rollout", "wrong"),
    [
        ({"waves": {1, "100%"}}, "expected a list of waves, found something of type set"),
        ({"waves": (size for size in (1, "100%"))}, "expected a list of waves, found something of type generator"),
        ({"way_back_seconds": timedelta(minutes=10)}, "from 60 to 86400, found something of type timedelta"),
    ],
)
def test_what_no_file_can_have_is_refused_by_its_type(
    project: Path, values: dict[str, Any], rollout: Any, wrong: str
) -> None:
    with pytest.raises(ConfigurationError) as refused:
        load({**values, **taken({"rollout": rollout}).stated}, project)
    (problem,) = refused.value.problems
    assert wrong in problem.wrong


def test_an_output_has_a_placeholder_of_its_kind() -> None:
    machine = {"address": Later("a"), "labels": {"version": Later("b")}, "ssh": {"host_key": Later("c")}}
    found = taken({"workloads": [{"machines": [machine]}], "ssh_private_key": Later("d")})
    kinds = {one.output.name: one.leaf.kind for one in found.awaited.values()}
    assert kinds == {"a": Kind.ADDRESS, "b": Kind.LABEL, "c": Kind.TEXT, "d": Kind.SECRET}
    locations = {one.location for one in found.awaited.values()}
    assert ("workloads", 0, "machines", 0, "ssh", "hostKey") in locations
    assert not found.problems and all(map(is_placeholder, found.awaited))


def test_values_take_the_places_of_their_placeholders() -> None:
    found = taken({"labels": {"team": Later("a"), "stage": Later("b")}})
    first, second = found.awaited
    assert with_values(found.stated, {first: "payments"}) == {"labels": {"team": "payments", "stage": second}}


@pytest.mark.parametrize("kind", Kind)
def test_placeholders_differ_and_are_found_in_any_text(kind: Kind) -> None:
    made = [Leaf(kind).placeholder() for _ in range(300)]
    assert len(set(made)) == 300
    text = f"--resolve=kubernetes:443:{made[7]} '{made[8]}' {made[9]}:8080"
    assert list(placeholders_in(text)) == made[7:10]
    assert shown(f"at {made[0]}, or") == f"at {SHOWN}, or"


def test_a_placeholder_for_an_address_is_one_to_whatever_reads_it() -> None:
    assert is_ip_address(Leaf(Kind.ADDRESS).placeholder())


def test_writers_of_yaml_quote_a_placeholder_for_a_label() -> None:
    placeholder = Leaf(Kind.LABEL).placeholder()
    assert yaml.safe_dump({"version": placeholder}) == f"version: '{placeholder}'\n"


@given(st.text())
def test_no_text_of_a_user_is_taken_for_a_placeholder_by_chance(text: str) -> None:
    assert not list(placeholders_in(text))


def test_the_checked_value_is_found_at_its_place(tmp_path: Path) -> None:
    stated = {"cluster": {"context": "a"}, "mesh": {"istioVersion": "1.31"}, "dns": {"servers": ["10.0.0.53"]}}
    configuration = load(
        {**stated, "labels": {"team": "x"}, "kubeconfig": "{clusters: [], contexts: [{name: a}]}"}, tmp_path
    )
    assert value_at(configuration, ("dns", "servers", 0)) == "10.0.0.53"
    assert value_at(configuration, ("labels", "team")) == "x"
    assert value_at(configuration, ("kubeconfig",)).startswith("{clusters")
