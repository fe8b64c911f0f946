"""Two meshes of one program on the sandbox's cluster, with outputs as addresses, keys and kubeconfig.

The tests of this file follow one stack through its life, so each builds on the one before it.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator

import pytest

from sandbox import traffic
from sandbox.paths import REPO
from sandbox.pulumi.home import prepare
from sandbox.traffic import services
from tests.e2e.stack.machine_listing import listing
from tests.e2e.stack.mesh_project import MeshProject, make
from tests.e2e.stack.settling import settled

LEDGER = "http://ledger.ledger-vms.svc.cluster.local:8080/"
TILL = "http://till.till-vms.svc.cluster.local:8080/"
MACHINES = ("vm-1", "vm-3")


@pytest.fixture(scope="module")
def before(sandbox: object) -> dict[str, object]:
    """What stood on the machines before."""
    return {name: listing(name) for name in MACHINES}


@pytest.fixture(scope="module")
def project(before: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MeshProject]:
    """The stack that all tests of this file follow; destroyed in the end whatever happened."""
    made = make(tmp_path_factory.mktemp("library"), {**os.environ, **prepare()})
    shutil.copy(REPO / "tests" / "e2e" / "library" / "__main__.py", made.folder / "__main__.py")
    yield made
    made.unlock()
    made.pulumi("destroy", "--yes", "--skip-preview")


def test_the_first_preview_knows_no_addresses_and_shows_the_plan(project: MeshProject) -> None:
    plan = project.expect("preview", "--diff").text
    assert "base/vm-1" in plan and "base/istiod" in plan
    assert "alone knows meshx:workloads[0].machines[0].address" in plan


def test_up_joins_the_machine_at_the_address_that_another_resource_has(project: MeshProject) -> None:
    project.expect("up", "--yes", "--skip-preview")
    services.apply()
    services.restart_uninjected()
    assert project.outputs()["base"]["vm-1"]["address"] == "10.77.0.11"
    answer = settled(lambda: traffic.from_pod("sleep", LEDGER)[0])
    assert (answer.status, answer.server, answer.host) == (200, "envoy", "vm-1")


def test_a_second_mesh_stands_beside_it_and_adopts_its_control_plane(project: MeshProject) -> None:
    project.expect("config", "set", "test:second", "true")
    added = project.expect("up", "--yes", "--skip-preview")
    assert set(added.changes()) <= {"created", "unchanged"}, added.text
    for url, host in ((LEDGER, "vm-1"), (TILL, "vm-3")):
        answer = settled(lambda url=url: traffic.from_pod("sleep", url)[0])
        assert (answer.status, answer.server, answer.host) == (200, "envoy", host), url


def test_a_second_up_and_the_nightly_check_find_nothing_changed(project: MeshProject) -> None:
    project.expect("up", "--yes", "--skip-preview", "--expect-no-changes")
    project.expect("refresh", "--preview-only", "--expect-no-changes")


def test_no_key_or_kubeconfig_is_in_the_state_in_plain_text(project: MeshProject) -> None:
    state = json.dumps(project.state())
    kubeconfig = (REPO / ".sandbox" / "kubeconfig").read_text()
    data = [word for line in kubeconfig.splitlines() for word in line.split() if len(word) > 100]
    assert data and not [word for word in data if word in state]
    assert "PRIVATE KEY" not in state


def test_destroy_leaves_machines_as_they_were(project: MeshProject, before: dict[str, object]) -> None:
    project.expect("destroy", "--yes", "--skip-preview")
    assert {name: listing(name) for name in MACHINES} == before
    assert not project.state()
