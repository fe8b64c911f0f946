"""Machines at somebody else's istiod by a gateway that does not lead to it yet: theirs, then one of our own.

The tests of this file follow one stack through its life, so each builds on the one before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from kubernetes import client

from sandbox import machines
from sandbox.kubernetes import cluster
from tests.e2e.adoption import charts, others_objects
from tests.e2e.adoption.joining import adopting, check_calls_both_ways
from tests.e2e.adoption.their_istiod.conftest import EXPOSURE
from tests.e2e.stack.mesh_project import MeshProject
from tests.e2e.stack.two_machines import second_machine

pytestmark = pytest.mark.usefixtures("mesh")

MACHINE = "vm-3"
ISTIO = ".networking.istio.io istio-system/"


@pytest.fixture(scope="module")
def before(mesh: None) -> Iterator[dict[str, str]]:
    """Their objects, of which none leads from their gateway to their istiod for as long as this file runs."""
    api = client.CustomObjectsApi(cluster.api())
    for plural, name in (("gateways", "istiod-gateway"), ("virtualservices", "istiod-vs-canary")):
        api.delete_namespaced_custom_object("networking.istio.io", "v1", charts.SYSTEM, plural, name)
    yield others_objects.listing()
    cluster.apply(EXPOSURE)


@pytest.fixture(scope="module")
def project(before: dict[str, str], new_project: MeshProject) -> Iterator[MeshProject]:
    """A stack with the one machine; destroyed in the end whatever happened."""
    new_project.configure(adopting)
    new_project.configure(lambda config: config["workloads"][0].update(machines=[second_machine()]))
    yield new_project
    new_project.unlock()
    new_project.pulumi("destroy", "--yes", "--skip-preview")


def gateway_of_our_own(config: dict[str, Any]) -> None:
    config["mesh"]["install"]["gateway"] = True
    config["mesh"]["gateway"] = {"name": "meshx-eastwest", "namespace": charts.SYSTEM}
    config["mesh"] |= {"chart": {"path": ".sandbox/charts"}, "values": {"gateway": charts.dev_values()["gateway"]}}


def test_their_gateway_is_led_to_their_istiod_by_objects_of_our_own(
    project: MeshProject, before: dict[str, str]
) -> None:
    project.expect("up", "--yes", "--skip-preview")
    check_calls_both_ways(MACHINE)
    after = others_objects.listing()
    assert {f"gateways{ISTIO}meshx-istiod-gateway-canary", f"virtualservices{ISTIO}meshx-istiod-vs-canary"} <= set(
        after
    ) - set(before)
    assert not others_objects.changes(before, after)


def test_a_gateway_of_our_own_takes_over_beside_theirs(project: MeshProject, before: dict[str, str]) -> None:
    project.configure(gateway_of_our_own)
    project.expect("up", "--yes", "--skip-preview")
    address = project.outputs()["controlPlane"]["gatewayAddress"]
    assert address != charts.gateway_address()
    hosts = machines.execute(MACHINE, ["cat", "/etc/hosts"]).stdout
    assert f"{address} istiod-canary.istio-system.svc" in hosts
    check_calls_both_ways(MACHINE)
    assert not others_objects.changes(before, others_objects.listing())
    project.expect("preview", "--refresh", "--expect-no-changes")


def test_destroy_takes_our_gateway_away_and_leaves_theirs(project: MeshProject, before: dict[str, str]) -> None:
    project.expect("destroy", "--yes", "--skip-preview")
    after = others_objects.listing()
    assert not others_objects.changes(before, after)
    assert set(after) == set(before)
