"""Several meshes in one program: no name of one is another's, and what each makes has an owner of its own."""

import copy
from pathlib import Path
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
import pytest

from meshx import Mesh
from meshx.config.loading import load
from tests.program.recorded_program import INSTALLED, Registered, run_program


@pytest.fixture(autouse=True, params=["arguments"])
def way(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In place of both ways of other tests: these are about one, in the project's folder."""
    monkeypatch.chdir(folder)


def both(values: dict[str, Any], folder: Path) -> list[Registered]:
    values["ssh"]["keyInState"] = True
    values["workloads"][0]["commands"] = {"up": "true"}

    def program() -> None:
        Mesh("mesh", load(copy.deepcopy(values), folder))
        Mesh("east", copy.deepcopy(values))
        Mesh("west", copy.deepcopy(values))

    return run_program(program, INSTALLED)


def test_no_two_resources_have_one_urn(values: dict[str, Any], folder: Path) -> None:
    urns = [one.urn for one in both(values, folder)]
    assert len(set(urns)) == len(urns) > 60


def test_the_stacks_files_mesh_keeps_its_names_beside_others(values: dict[str, Any], folder: Path) -> None:
    beside = {(one.type, one.name) for one in both(values, folder)}
    alone = run_program(lambda: Mesh("mesh", load(values, folder)), INSTALLED)
    assert {(one.type, one.name) for one in alone} <= beside
    others = {name for _, name in beside - {(one.type, one.name) for one in alone}}
    assert all(name in ("east", "west") or name.startswith(("east/", "west/")) for name in others)


def test_nothing_of_one_is_taken_for_the_former_of_another(values: dict[str, Any], folder: Path) -> None:
    for one in both(values, folder):
        if one.name.startswith(("east/", "west/")) and one.type == "meshx:index:Machine":
            prefix = one.name.partition("/")[0]
            assert all(f'name: "{prefix}/' in alias for alias in one.aliases)


def test_each_has_an_owner_of_its_own_in_the_cluster(values: dict[str, Any], folder: Path) -> None:
    owners = {
        one.name.partition("/")[0]: one.inputs["metadata"]["labels"]["meshx/owner"]
        for one in both(values, folder)
        if one.type == "kubernetes:core/v1:ServiceAccount"
    }
    assert len(set(owners.values())) == len(owners) == 3


def test_a_mesh_takes_the_providers_that_it_is_given(values: dict[str, Any]) -> None:
    def program() -> None:
        given = kubernetes.Provider("given", context="somewhere")
        Mesh("east", values, pulumi.ResourceOptions(providers=[given]))

    registered = run_program(program, INSTALLED)
    assert [one.name for one in registered if one.type == "pulumi:providers:kubernetes"] == ["given"]
    objects = [one for one in registered if one.type.startswith("kubernetes:")]
    assert objects and all("::given::" in one.provider for one in objects)
