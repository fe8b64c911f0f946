"""A machine moves to another workload, and gets another name, each in one `up`; whatever it was, destroy takes it out.

The tests of this file follow one stack through its life, so each builds on the one before it.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox import traffic
from sandbox.traffic import services
from tests.e2e.recovery.watched_run import WatchedRun
from tests.e2e.stack.machine_listing import listing
from tests.e2e.stack.mesh_project import MeshProject
from tests.e2e.stack.settling import settled
from tests.e2e.stack.steady_calls import steady
from tests.e2e.stack.two_machines import HTTPBIN, VMHTTP, second_machine, two_machines

pytestmark = pytest.mark.usefixtures("sandbox")

SHOP = "http://shop.shop.svc.cluster.local:8080/"
CART = "http://cart.shop.svc.cluster.local:8080/"


@pytest.fixture(scope="module")
def before(sandbox: object) -> dict[str, Any]:
    """What stood on the machine that moves before it joined."""
    return {"vm-3": listing("vm-3")}


@pytest.fixture(scope="module")
def project(before: dict[str, Any], new_project: MeshProject) -> Iterator[MeshProject]:
    """The stack with both machines in one workload, applied; destroyed in the end whatever happened."""
    new_project.configure(two_machines)
    new_project.expect("up", "--yes", "--skip-preview")
    services.apply()
    services.restart_uninjected()
    yield new_project
    new_project.unlock()
    new_project.pulumi("destroy", "--yes", "--skip-preview")


def to_workload(name: str, namespace: str, machine: dict[str, Any] | None = None) -> Any:
    """A change of the configuration: vm-3 alone in a workload of that name, vm-1 where it was."""

    def change(config: dict[str, Any]) -> None:
        serving = {**config["workloads"][0], "machines": config["workloads"][0]["machines"][:1]}
        moved = {**serving, "name": name, "namespace": namespace, "machines": [machine or second_machine()]}
        config["workloads"] = [serving, moved]

    return change


def moved(project: MeshProject, url: str, account: str) -> None:
    """Apply, then see that vm-3 answers and calls as its new identity, and that nothing is left to do."""
    project.expect("up", "--yes", "--skip-preview")
    answer = settled(lambda: traffic.from_pod("sleep", url)[0])
    assert (answer.status, answer.host) == (200, "vm-3")
    calling = settled(lambda: traffic.from_machine("vm-3", HTTPBIN)[0])
    assert (calling.status, calling.caller) == (200, f"spiffe://cluster.local/ns/{account}")
    project.expect("preview", "--refresh", "--expect-no-changes")


def test_a_machine_moves_to_a_workload_of_another_namespace_in_one_up_and_no_call_to_the_rest_fails(
    project: MeshProject,
) -> None:
    settled(lambda: traffic.from_pod("sleep", VMHTTP)[0])
    project.configure(to_workload("shop", "shop"))
    with steady(lambda: traffic.from_pod("sleep", VMHTTP, count=20, every="50ms")) as calls:
        time.sleep(2)
        moved(project, SHOP, "shop/sa/shop")
    print(f"calls to the former workload while vm-3 moved: {calls.summary()}")
    assert calls.served_by("vm-3") > 0, "the loop began when vm-3 was gone already"
    assert not calls.failed
    assert {answer.host for answer in traffic.from_pod("sleep", VMHTTP, count=10)} == {"vm-1"}


def test_a_machine_moves_to_another_workload_of_its_namespace_in_one_up(project: MeshProject) -> None:
    project.configure(to_workload("cart", "shop"))
    moved(project, CART, "shop/sa/cart")


def test_a_move_that_was_killed_half_way_is_gone_on_with_by_the_next_up(
    project: MeshProject, chance: random.Random
) -> None:
    project.configure(to_workload("shop", "shop"))
    run = WatchedRun(project, ["up", "--yes", "--skip-preview"], {"join": "Join vm-3"})
    assert run.wait_for("join"), run.text
    assert run.kill_after(chance.uniform(0, 10)), run.text
    project.unlock()
    moved(project, SHOP, "shop/sa/shop")


def test_a_machine_gets_another_name_in_one_up(project: MeshProject) -> None:
    project.configure(to_workload("shop", "shop", {**second_machine(), "name": "web-1"}))
    project.configure(lambda config: config["ssh"].update(lookInPreviews=True))
    assert "web-1 is in the mesh already as vm-3, or its clone" in project.expect("preview").text
    moved(project, SHOP, "shop/sa/shop")
    assert "web-1" in project.outputs()["machines"]


def test_a_stack_that_has_its_machines_by_their_workloads_names_is_left_as_it_is(project: MeshProject) -> None:
    exported = project.expect("stack", "export").text
    former = exported.replace('::vm-1"', '::vm/vmhttp/vm-1"').replace('::web-1"', '::shop/shop/web-1"')
    assert former != exported
    file = project.folder / "former.json"
    file.write_text(json.dumps(json.loads(former)))
    project.expect("stack", "import", "--file", str(file))
    project.expect("up", "--yes", "--skip-preview", "--expect-no-changes")


def test_destroy_leaves_the_machine_as_it_was_before_it_first_joined(
    project: MeshProject, before: dict[str, Any]
) -> None:
    project.expect("destroy", "--yes", "--skip-preview")
    assert listing("vm-3") == before["vm-3"]
