"""Taking over a machine that somebody joined by hand, in their mesh and with their service that leads to it.

The tests of this file follow one stack through its life, so each builds on the one before it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox import machines, traffic
from sandbox.kubernetes import cluster
from tests.e2e.adoption import charts, others_objects, written_by_istiod
from tests.e2e.adoption.joining import IDENTITY, adopting, check_calls_both_ways
from tests.e2e.stack import by_hand, machine_listing
from tests.e2e.stack.mesh_project import MeshProject
from tests.e2e.stack.settling import settled
from tests.e2e.stack.steady_calls import steady

pytestmark = pytest.mark.usefixtures("mesh")

MACHINE = "vm-1"
NAMESPACE = "vm"
GROUP = "by-hand"
OBJECTS = Path(__file__).with_name("joined-by-hand.yaml")
SHOP = "http://shop.vm.svc.cluster.local:8080/"
NEW_AT_EACH_START = ("/etc/certs/key.pem", "/etc/certs/cert-chain.pem")
"""A proxy asks for a certificate whenever it starts."""


@pytest.fixture(scope="module")
def by_hand_machine(mesh: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A machine that serves, and was joined by the guide's steps."""
    cluster.apply(OBJECTS)
    guide = by_hand.Guide(NAMESPACE, "vmhttp", GROUP, charts.gateway_address(), charts.REVISION, app="vmhttp")
    folder = tmp_path_factory.mktemp("by-hand")
    machines.execute(MACHINE, ["systemctl", "enable", "--now", "echo-http"])
    try:
        written_by_istiod.await_root_certificate(NAMESPACE)
        by_hand.write_files(guide, folder)
        by_hand.run_script(MACHINE, folder)
        # The guide has nobody do that.
        machines.execute(MACHINE, ["systemctl", "disable", "istio"])
        yield MACHINE
    finally:
        by_hand.take_out(guide, MACHINE)
        machines.execute(MACHINE, ["systemctl", "disable", "--now", "echo-http"])
        charts.delete_namespace(NAMESPACE)


@pytest.fixture(scope="module")
def before(by_hand_machine: str) -> dict[str, Any]:
    """Their objects, the machine and its package's installations before our stack came; calls reach it."""
    answer = settled(lambda: traffic.from_pod("sleep", SHOP)[0])
    assert (answer.status, answer.host) == (200, MACHINE), answer
    return {
        "cluster": others_objects.listing(),
        "machine": machine_listing.listing(MACHINE),
        "installations": installations(),
    }


@pytest.fixture(scope="module")
def project(before: dict[str, Any], new_project: MeshProject) -> Iterator[MeshProject]:
    """A stack with that machine; destroyed in the end whatever happened."""
    new_project.configure(adopting)
    new_project.configure(theirs_stay_theirs)
    yield new_project
    new_project.unlock()
    new_project.pulumi("destroy", "--yes", "--skip-preview")


def theirs_stay_theirs(config: dict[str, Any]) -> None:
    config["ssh"]["lookInPreviews"] = True
    workload = config["workloads"][0]
    workload |= {"createNamespace": False, "createServiceAccount": False}
    workload.pop("commands")


def installations() -> list[str]:
    """What dpkg ever did with the package on the machine."""
    return [line for line in machines.execute(MACHINE, ["cat", "/var/log/dpkg.log"]).stdout.splitlines() if line]


def test_the_preview_shows_how_the_machine_differs_and_changes_nothing(
    before: dict[str, Any], project: MeshProject
) -> None:
    plan = project.expect("preview").text
    assert "vm-1 was joined by hand. `up` takes it over and changes:" in plan
    assert "-ISTIO_META_AUTO_REGISTER_GROUP='by-hand'" in plan
    assert "+ISTIO_META_WORKLOAD_ENTRY='vm-1'" in plan
    assert "unit istio: not enabled" in plan
    assert "installed by others; it is installed anew unless it is the very same" in plan
    assert machine_listing.listing(MACHINE) == before["machine"]


def test_up_takes_it_over_without_installing_its_package_again_and_calls_to_it_go_on(
    before: dict[str, Any], project: MeshProject
) -> None:
    with steady(lambda: traffic.from_pod("sleep", SHOP, count=20, every="50ms")) as calls:
        time.sleep(1)
        project.expect("up", "--yes", "--skip-preview")
        taken_over = len(calls.answers)
        time.sleep(2)
    print(f"calls while the machine was taken over: {calls.summary()}")
    check_calls_both_ways(MACHINE)
    assert installations() == before["installations"]
    assert calls.served_by(MACHINE) > 0
    later = calls.answers[taken_over + 20 :]
    assert later, calls.summary()
    assert all(answer.succeeded for answer in later), calls.summary()
    project.expect("preview", "--refresh", "--expect-no-changes")


def test_calls_still_reach_it_once_its_own_registration_is_forgotten(
    before: dict[str, Any], project: MeshProject
) -> None:
    written_by_istiod.await_forgotten(NAMESPACE, GROUP)
    answers = traffic.from_pod("sleep", SHOP, count=20)
    assert {(answer.status, answer.host) for answer in answers} == {(200, MACHINE)}
    assert not others_objects.changes(before["cluster"], others_objects.listing())


def test_destroy_leaves_it_joined_by_hand_as_it_was(before: dict[str, Any], project: MeshProject) -> None:
    project.expect("destroy", "--yes", "--skip-preview")
    answer = settled(lambda: traffic.from_machine(MACHINE, "http://httpbin.bar.svc.cluster.local:8000/")[0])
    assert (answer.status, answer.caller) == (200, IDENTITY), answer
    answer = settled(lambda: traffic.from_pod("sleep", SHOP)[0])
    assert (answer.status, answer.host) == (200, MACHINE), answer
    differences = machine_listing.differences(before["machine"], machine_listing.listing(MACHINE))
    assert not [line for line in differences if not line.endswith(NEW_AT_EACH_START)]
    after = others_objects.listing()
    assert not others_objects.changes(before["cluster"], after)
    assert set(after) == set(before["cluster"])
