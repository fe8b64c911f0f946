"""One instance from `pulumi up` to traffic, with no SSH at all, and what may happen to it afterwards.

The tests of this file follow one stack, so each builds on the one before it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from meshx.google_cloud.cloud_names import (
    LONGEST_ACCOUNT,
    cloud_name,
    former_network_tag,
    former_workload_tag,
    network_tag,
    readable_name,
    workload_tag,
)
from sandbox import machines
from sandbox.gce import cloud, instances, settings
from sandbox.gce.settings import Settings
from sandbox.traffic import services
from tests.e2e.gce.cloud_project import instances_in_place
from tests.e2e.gce.one_instance import (
    KEY,
    MACHINE,
    NAME,
    PATH,
    TOKEN,
    access_token,
    calls_succeed,
    on_instance,
)
from tests.e2e.gce.package_mirror import Mirror
from tests.e2e.secrets.needles import Needles
from tests.e2e.secrets.places import machine_logs, pod_logs, sandbox_logs, state_places, world_readable
from tests.e2e.stack import earlier_state
from tests.e2e.stack.mesh_project import MeshProject

FIREWALL = "gcp:compute/firewall:Firewall::"
pytestmark = pytest.mark.usefixtures("sandbox")


@pytest.fixture(scope="module")
def stack(project: MeshProject, mirror: Mirror) -> MeshProject:
    """The stack of one instance, not yet up."""
    project.configure(instances_in_place(mirror, project.folder, machines=[MACHINE]))
    return project


@pytest.fixture
def token_seconds() -> Iterator[None]:
    """Access tokens that end soon."""
    settings.write(Settings(token_seconds=5))
    yield
    settings.write(Settings())


def test_an_instance_joins_by_itself(stack: MeshProject) -> None:
    stack.expect("preview")
    begun = time.monotonic()
    stack.expect("up", "--yes", "--skip-preview")
    print(f"pulumi up of one instance on an empty cluster: {time.monotonic() - begun:.1f} s")
    accepted = on_instance("sh", "-c", "journalctl -u ssh --no-pager | grep -c Accepted")
    assert int(accepted) == 1, "somebody has logged in beside this very look"
    services.restart_uninjected()
    calls_succeed()
    assert stack.expect("up", "--yes", "--skip-preview", "--expect-no-changes").code == 0


def test_a_state_with_the_names_of_before_previews_marks_and_tags_alone(stack: MeshProject, tmp_path: Path) -> None:
    today = tmp_path / "today.json"
    stack.expect("stack", "export", "--file", str(today))
    owner = stack.owner
    names = {one["inputs"]["name"]: one["urn"].rpartition("::")[2] for one in stack.state() if FIREWALL in one["urn"]}
    account = cloud_name(owner, "vm", "vmhttp", longest=LONGEST_ACCOUNT)
    former = {**names, account: readable_name(owner.name, "vm", "vmhttp"), cloud_name(owner): "meshx-dev"}
    former |= {network_tag(owner, "network1"): former_network_tag(owner, "network1")}
    former |= {workload_tag(owner, "vm", "vmhttp"): former_workload_tag(owner, "vm", "vmhttp")}
    earlier_state.take_in(stack, "gce", tmp_path, former)
    plan = stack.expect("preview", "--diff")
    stack.expect("stack", "import", "--file", str(today))
    assert "update" in plan.changes(), plan.text
    assert not {"delete", "replace"} & set(plan.changes()), plan.text
    assert plan.changes()["create"] == 2, "the policy for tokens and its binding alone are new"
    stack.expect("up", "--yes", "--skip-preview", "--expect-no-changes")


def test_its_startup_script_runs_what_the_user_has_it_for(stack: MeshProject) -> None:
    console = instances.serial_port_output(NAME)
    assert "startup-script exit status 0" in console
    assert on_instance("systemctl", "is-active", "echo-http").strip() == "active"


def test_no_secret_is_in_state_metadata_logs_or_readable_files(stack: MeshProject) -> None:
    needles = Needles()
    for what, secret in (
        ("the token", on_instance("cat", TOKEN)),
        ("the key", on_instance("cat", KEY)),
        ("the access token", access_token()),
    ):
        needles.add(what, secret)
    metadata = cloud.get(PATH)["metadata"]
    assert "startup-script" in metadata
    places = {
        **state_places(stack),
        **sandbox_logs(),
        **pod_logs(),
        **machine_logs(NAME),
        **{f"metadata {key}": text.encode() for key, text in metadata.items()},
    }
    print(f"{len(places)} texts, {sum(map(len, places.values())) / 1e6:.1f} MB searched")
    assert not {place: found for place, text in places.items() if (found := needles.found_in(text))}
    assert world_readable(NAME, needles)[1] == []


def test_its_token_is_renewed_by_its_timer_after_its_access_token_has_ended(
    stack: MeshProject, token_seconds: None
) -> None:
    before, first = on_instance("cat", TOKEN), access_token()
    time.sleep(6)
    assert "meshx-token.timer" in on_instance("systemctl", "list-timers", "--all", "--no-pager")
    on_instance("systemctl", "start", "meshx-token.service")
    assert on_instance("cat", TOKEN) != before
    assert access_token() != first
    calls_succeed()


def test_a_reboot_joins_it_with_no_pulumi(stack: MeshProject) -> None:
    # As after a week off: nothing that it had is good any more.
    on_instance("sh", "-c", f"rm -f {TOKEN} /etc/certs/*")
    machines.reboot(NAME)
    calls_succeed()


def test_one_that_was_deleted_by_hand_is_found_and_made_again(stack: MeshProject) -> None:
    instances.delete(PATH)
    assert stack.pulumi("preview", "--refresh", "--expect-no-changes").code != 0
    stack.expect("up", "--yes", "--skip-preview", "--refresh")
    calls_succeed()
