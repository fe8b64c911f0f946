"""Others upgrade their control plane by a tag: machines of a stack that names the tag follow in waves.

The tests of this file follow one stack through its life, so each builds on the one before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.adoption import charts
from tests.e2e.adoption.joining import adopting, check_calls_both_ways
from tests.e2e.by_helm import install, uninstall
from tests.e2e.revisions.two_control_planes import starts_from
from tests.e2e.rollout.rollout_stack import NAMES, UP, nothing_to_do, rollout
from tests.e2e.stack.mesh_project import MeshProject
from tests.e2e.stack.two_machines import calls_both_ways, two_machines
from tests.e2e.steady.test_steady_traffic import quick_probe

pytestmark = pytest.mark.usefixtures("mesh")

TAG, NEXT = "stable", "next"


def tags_of_canary(*tags: str) -> None:
    """Set the tags of their present istiod, beside the one by which it takes in the sandbox's services."""
    charts.install_istiod({"revisionTags": ["default", *tags]})


def install_next() -> None:
    """Install their next istiod, which takes the tag over."""
    values = charts.dev_values()["istiod"] | {"revision": NEXT, "revisionTags": [TAG]}
    values["global"] |= {
        "meshID": "mesh1",
        "network": charts.NETWORK,
        "multiCluster": {"clusterName": "cluster1"},
    }
    values["meshConfig"] = {"defaultConfig": {"meshId": "mesh1"}}
    install(f"istiod-{NEXT}", charts.CHARTS / "istiod", charts.SYSTEM, values)


def by_tag(config: dict[str, Any]) -> None:
    config["mesh"]["revision"] = TAG


@pytest.fixture(scope="module")
def project(mesh: None, new_project: MeshProject) -> Iterator[MeshProject]:
    """A stack of two machines at whatever their tag leads to; it and the next istiod go in the end."""
    for change in (adopting, two_machines, quick_probe, by_tag, rollout(waves=[1, "100%"], pauseSeconds=5)):
        new_project.configure(change)
    try:
        tags_of_canary(TAG)
        yield new_project
    finally:
        new_project.unlock()
        new_project.pulumi("destroy", "--yes", "--skip-preview")
        uninstall(f"istiod-{NEXT}", charts.SYSTEM)
        tags_of_canary()


def test_machines_join_the_control_plane_that_the_tag_leads_to(project: MeshProject) -> None:
    ran = project.expect(*UP)
    assert f"the tag {TAG} leads to the control plane {charts.REVISION}" in ran.text, ran.text
    assert [starts_from(name) for name in NAMES] == [f"istiod-{charts.REVISION}"] * 2
    nothing_to_do(project)


def test_machines_follow_the_tag_in_waves(project: MeshProject) -> None:
    tags_of_canary()
    install_next()
    plan = project.expect("preview").text
    assert f"the tag {TAG} leads to the control plane {NEXT}" in plan, plan
    assert f"wave 1 of 2 restarts the sidecars of {NAMES[0]}" in plan, plan
    with calls_both_ways("others move their tag") as calls:
        project.expect(*UP)
    assert calls.to_machines.answers
    assert not calls.to_machines.failed, calls.summary()
    assert [starts_from(name) for name in NAMES] == [f"istiod-{NEXT}"] * 2
    for name in NAMES:
        check_calls_both_ways(name)
    nothing_to_do(project)
