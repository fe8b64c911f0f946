"""A stack's own istiod behind a gateway that somebody else installed at it.

The tests of this file follow one stack through its life, so each builds on the one before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox import machines
from sandbox.traffic import services
from tests.e2e.adoption import charts, others_objects
from tests.e2e.adoption.joining import check_calls_both_ways
from tests.e2e.stack.mesh_project import MeshProject

pytestmark = pytest.mark.usefixtures("sandbox")

MACHINE = "vm-1"
OWN_GATEWAY = "istio-eastwestgateway"
ROOT_CERTIFICATE = f"configmaps {charts.GATEWAY_NAMESPACE}/istio-ca-root-cert"
WRITTEN_BY_OUR_ISTIOD = (ROOT_CERTIFICATE, f"configmaps {charts.GATEWAY_NAMESPACE}/istio-ca-crl")


@pytest.fixture(scope="module")
def project(new_project: MeshProject) -> Iterator[MeshProject]:
    """The dev stack with a gateway of its own, up; destroyed in the end whatever happened."""
    try:
        services.apply()
        new_project.expect("up", "--yes", "--skip-preview")
        services.restart_uninjected()
        yield new_project
    finally:
        new_project.unlock()
        new_project.pulumi("destroy", "--yes", "--skip-preview")


@pytest.fixture(scope="module")
def theirs(project: MeshProject) -> Iterator[dict[str, str]]:
    """The objects of a gateway that somebody installed at the stack's istiod."""
    without = others_objects.listing()
    try:
        charts.install_gateway(revision="")
        charts.gateway_address()
        ours = {*without, *WRITTEN_BY_OUR_ISTIOD}
        yield {name: content for name, content in others_objects.listing().items() if name not in ours}
    finally:
        charts.remove_gateway()


def own_gateway_as_anothers(config: dict[str, Any]) -> None:
    config["mesh"]["install"] = {"gateway": False}
    config["mesh"]["values"].pop("gateway")


def their_gateway(config: dict[str, Any]) -> None:
    own_gateway_as_anothers(config)
    config["mesh"]["gateway"] = {"name": charts.GATEWAY, "namespace": charts.GATEWAY_NAMESPACE}


def test_the_gateway_of_the_stack_is_not_adopted_by_it_and_taken_away_in_one_run(project: MeshProject) -> None:
    file = project.folder / "Pulumi.dev.yaml"
    before = file.read_text()
    project.configure(own_gateway_as_anothers)
    ran = project.pulumi("up", "--yes", "--skip-preview")
    file.write_text(before)
    assert ran.code != 0, ran.text
    assert f"the gateway istio-system/{OWN_GATEWAY} is this stack's own" in ran.text
    project.expect("preview", "--refresh", "--expect-no-changes")


def test_the_stack_gives_up_its_own_gateway_for_theirs(project: MeshProject, theirs: dict[str, str]) -> None:
    project.configure(their_gateway)
    project.expect("up", "--yes", "--skip-preview")
    assert project.outputs()["controlPlane"]["gatewayAddress"] == charts.gateway_address()
    hosts = machines.execute(MACHINE, ["cat", "/etc/hosts"]).stdout
    assert f"{charts.gateway_address()} istiod.istio-system.svc" in hosts
    check_calls_both_ways(MACHINE)
    after = others_objects.listing()
    assert not [name for name in after if name.endswith(f"/{OWN_GATEWAY}")]
    assert not others_objects.changes(theirs, after)
    project.expect("preview", "--refresh", "--expect-no-changes")


def test_destroy_leaves_their_gateway_as_it_was(project: MeshProject, theirs: dict[str, str]) -> None:
    project.expect("destroy", "--yes", "--skip-preview")
    after = others_objects.listing()
    assert not others_objects.changes(theirs, after)
    # Its pods mount it.
    assert ROOT_CERTIFICATE in after
    assert not project.state()
