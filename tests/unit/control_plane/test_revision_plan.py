"""What becomes of control planes that run beside each other, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from meshx.config.loading import load
from meshx.config.owner import Owner
from meshx.config.stack import StackConfiguration
from meshx.control_plane.revisions.revision_plan import RevisionPlan, revision_plan
from meshx.control_plane.unfit_mesh import UnfitMeshError
from tests.unit.reachability.stacks import fill, machine, stack, workload

OWNER = Owner("meshx.dev.0123456789", "meshx.dev")
FOLDER: list[Path] = []
ADOPTED = {"controlPlane": False, "gateway": False}


def there(revision: str, *proxies: str, version: str = "1.31.0", **more: Any) -> dict[str, Any]:
    """A control plane of the stack."""
    named = {"revision": revision, "version": version, "proxies": list(proxies)}
    return {"owned": True, "trouble": "", **named, **more}


@pytest.fixture(autouse=True, scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the configurations name."""
    FOLDER.append(fill(tmp_path_factory.mktemp("stack")))
    return FOLDER[-1]


def configured(**mesh: Any) -> StackConfiguration:
    return load(stack(workload(machine(1)), mesh={"istioVersion": "1.31.2", **mesh}), FOLDER[-1])


def planned(mesh: dict[str, Any], *running: dict[str, Any], leads_to: str = "") -> RevisionPlan:
    def ask(token: str, arguments: dict[str, Any]) -> dict[str, Any]:
        assert token == "meshx:index:controlPlanes"
        assert arguments["owners"] == list(OWNER.marks)
        return {"controlPlanes": list(running), "leadsTo": leads_to}

    return revision_plan(configured(**mesh), "istio-system", OWNER, ask)


def refused(mesh: dict[str, Any], *running: dict[str, Any]) -> str:
    with pytest.raises(UnfitMeshError) as error:
        planned(mesh, *running)
    return str(error.value)


BOTH = {"revision": "canary", "previousRevision": "default"}


def test_a_stack_with_one_control_plane_is_told_nothing() -> None:
    for running in ([], [there("default")]):
        plan = planned({}, *running)
        assert (plan.words, plan.warnings) == ([], [])


def test_one_that_comes_is_announced_with_who_goes_over_to_it() -> None:
    (words,) = planned(BOTH, there("default", "vm-1.vm")).words
    assert words.startswith("the control plane canary comes beside default, then the gateway and all machines go over")


def test_those_who_are_still_connected_to_the_previous_one_are_named() -> None:
    (words,) = planned(BOTH, there("default", "vm-1.vm", "sleep-1.bar"), there("canary")).words
    assert "default stays: vm-1.vm and sleep-1.bar are connected to it (1 of them machines" in words


def test_once_nobody_is_connected_the_way_on_and_the_way_back_are_told() -> None:
    (words,) = planned(BOTH, there("default"), there("canary")).words
    assert "nobody is connected to the control plane default: without meshx:mesh.previousRevision it goes" in words
    assert "meshx:mesh.previousRevision would be canary" in words


def test_one_that_does_not_say_who_is_connected_stays() -> None:
    (words,) = planned(BOTH, there("default", trouble="the cluster answers 403"), there("canary")).words
    assert "does not say who is connected: the cluster answers 403" in words


def test_one_with_proxies_does_not_go() -> None:
    said = refused({"revision": "canary"}, there("default", "vm-1.vm", "sleep-1.bar"), there("canary"))
    assert "the control plane default would go, and vm-1.vm and sleep-1.bar are connected to it" in said
    assert "Remedy: meshx:mesh.previousRevision: default keeps it" in said


def test_one_that_cannot_be_asked_does_not_go() -> None:
    said = refused({"revision": "canary"}, there("default", trouble="no answer"), there("canary"))
    assert "it does not say who is connected to it: no answer" in said
    assert "kubectl -n istio-system scale deployment istiod --replicas 0" in said


def test_one_without_proxies_goes_and_one_of_others_stays() -> None:
    plan = planned({"revision": "canary"}, there("default"), there("blue", owned=False), there("canary"))
    assert plan.words == ["the control plane default goes: nobody is connected to it"]


def test_one_that_the_api_server_asks_about_istios_objects_does_not_go() -> None:
    mesh = {"revision": "canary", "values": {"base": {"defaultRevision": "default"}}}
    said = refused(mesh, there("default"), there("canary"))
    assert "has the API server ask it about each of Istio's objects" in said
    assert planned({**mesh, "previousRevision": "default"}, there("default"), there("canary")).words


def test_a_stack_that_adopts_its_control_plane_takes_none_away() -> None:
    assert planned({"revision": "canary", "install": ADOPTED}, there("default", "vm-1.vm"), there("canary")).words == []


def test_a_previous_one_that_does_not_run_is_refused_with_those_that_do() -> None:
    said = refused({"revision": "canary", "previousRevision": "blue"}, there("canary"), there("default"))
    assert "no istiod of that revision runs; those that do: canary and default" in said


def test_a_previous_one_of_others_is_not_kept_by_a_stack_that_installs() -> None:
    assert "did not install" in refused(BOTH, there("default", owned=False))


@pytest.mark.parametrize(
    ("runs", "wanted", "order"),
    [
        ("1.29.4", "1.31.2", "go 1.29 to 1.30, 1.30 to 1.31"),
        ("1.31.0", "1.28.0", "go 1.31 to 1.30, 1.30 to 1.29, 1.29 to 1.28"),
    ],
)
def test_a_jump_in_place_is_refused_with_the_order_to_go_in(runs: str, wanted: str, order: str) -> None:
    said = refused({"istioVersion": wanted}, there("default", version=runs))
    assert f"istiod runs Istio {runs}" in said
    assert order in said


@pytest.mark.parametrize("runs", ["1.30.9", "1.32.1"])
def test_a_step_in_place_is_told(runs: str) -> None:
    (words,) = planned({}, there("default", version=runs)).words
    assert words.startswith(f"istiod goes from Istio {runs} to 1.31.2 in place, then the gateway")


@pytest.mark.parametrize("runs", ["1.31.0", ""])
def test_nothing_is_told_of_the_same_minor_version_or_an_unknown_one(runs: str) -> None:
    assert planned({}, there("default", version=runs)).words == []


def test_two_that_are_too_far_apart_do_not_run_beside_each_other() -> None:
    said = refused(BOTH, there("default", version="1.28.3"))
    assert "at most 2 minor versions beside each other. Remedy: 1.30 first" in said
    assert planned(BOTH, there("default", version="1.29.3")).words


def test_an_adopted_one_that_others_upgraded_is_told_and_not_refused() -> None:
    plan = planned({"install": ADOPTED}, there("default", version="1.32.1", owned=False))
    assert plan.words == []
    (warning,) = plan.warnings
    assert "runs Istio 1.32.1, and meshx:mesh.istioVersion is 1.31.2: write 1.32.1 there" in warning


def test_a_tag_of_others_stands_for_the_revision_that_it_leads_to() -> None:
    plan = planned({"revision": "stable", "install": ADOPTED}, there("blue", owned=False), leads_to="blue")
    assert plan.configuration.mesh.revision == "blue"
    assert plan.words == ["the tag stable leads to the control plane blue"]


def test_the_tag_default_of_others_is_named_where_no_revision_is_written() -> None:
    plan = planned({"install": ADOPTED}, there("blue", owned=False), leads_to="blue")
    assert plan.words == ["the tag default leads to the control plane blue"]


def test_a_previous_one_to_which_the_tag_still_leads_is_none() -> None:
    mesh = {"revision": "stable", "previousRevision": "blue", "install": ADOPTED}
    plan = planned(mesh, there("blue", owned=False), leads_to="blue")
    assert plan.configuration.mesh.previous is None
    moved = planned(mesh, there("blue", owned=False), there("green", owned=False), leads_to="green")
    assert moved.configuration.mesh.previous is not None
    assert (moved.configuration.mesh.revision, moved.configuration.mesh.previous.revision) == ("green", "blue")


def test_a_revision_to_install_that_is_a_tag_already_is_refused() -> None:
    with pytest.raises(UnfitMeshError, match=r"is stable, a tag that leads to the control plane blue: both would"):
        planned({"revision": "stable"}, there("blue", owned=False), leads_to="blue")
    assert planned({}, there("blue"), leads_to="blue").configuration.mesh.revision == ""


def test_a_tag_that_is_a_revision_of_others_is_refused() -> None:
    mesh = {"revision": "canary", "revisionTags": ["blue"]}
    said = refused(mesh, there("canary"), there("blue", owned=False))
    assert "meshx:mesh.revisionTags has blue, and an istiod of that revision runs" in said
    assert planned(mesh, there("canary"), there("blue")).words == [
        "the control plane blue goes: nobody is connected to it"
    ]


def test_the_new_one_is_offered_beside_only_where_that_is_not_refused_either() -> None:
    assert "or install it beside (meshx:mesh.revision, with previousRevision: default)" in refused(
        {}, there("default", version="1.29.4")
    )
    assert "beside" not in refused({}, there("default", version="1.28.4"))
