"""A state that has lost what is there, and one that lists what is gone: a dead run's, whatever moment it died at.

The tests of this file follow one stack, which the last one destroys.
"""

from __future__ import annotations

import pytest

from tests.e2e.by_helm import uninstall
from tests.e2e.recovery.story import DESTROY, HELM_WAS_THROUGH, UP, Story

pytestmark = pytest.mark.usefixtures("sandbox")


def test_what_the_state_has_lost_is_taken_up_again_even_by_another_configuration(mesh: Story) -> None:
    lost = [
        resource["urn"]
        for resource in mesh.project.state()
        if resource["urn"].endswith(("Release::istio-eastwestgateway", "Service::vm/vmhttp"))
    ]
    assert len(lost) == len(("the release", "the service"))
    for urn in lost:
        mesh.project.expect("state", "delete", urn, "--target-dependents", "--yes")
    mesh.project.configure(lambda config: config["workloads"][0]["ports"][0].update(name="http-web"))
    mesh.project.expect(*UP)
    mesh.check_up()


def test_a_release_that_helm_had_removed_is_let_go_by_a_run_that_looks_first(mesh: Story) -> None:
    project = mesh.project
    uninstall("istio-eastwestgateway", "istio-system")
    plain = project.pulumi(*DESTROY)
    assert plain.code != 0
    assert HELM_WAS_THROUGH in plain.text
    mesh.looking().expect(*DESTROY)
    assert not mesh.project.state()
    mesh.check_left()
