"""An instance that was there before the stack: taken over as it is, and then made what the stack says.

The tests of this file follow one stack, so each builds on the one before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.gce import cloud, instances
from sandbox.gce.catalogue import PROJECT, ZONES
from sandbox.traffic import services
from tests.e2e.gce.cloud_project import instances_in_place
from tests.e2e.gce.one_instance import calls_succeed
from tests.e2e.gce.package_mirror import Mirror
from tests.e2e.stack.mesh_project import MeshProject

pytestmark = pytest.mark.usefixtures("sandbox")

NAME, ADDRESS = "gce-old", "10.77.0.43"
PATH = instances.instance_name(PROJECT, ZONES[0], NAME)
THEIRS: dict[str, Any] = {
    "machineType": "e2-small",
    "bootDisk": {"initializeParams": {"image": "debian-cloud/debian-12", "size": 10}},
    "networkInterfaces": [{"subnetwork": "default", "networkIp": ADDRESS}],
    "description": "made by hand",
    "metadata": {"startup-script": "#!/bin/sh\ntouch /var/tmp/by-hand\n"},
    "labels": {"team": "old"},
}


@pytest.fixture(scope="module")
def stack(project: MeshProject, mirror: Mirror) -> Iterator[MeshProject]:
    """The stack of an instance that is there already, not yet up."""
    instances.create(PROJECT, ZONES[0], NAME, THEIRS)
    machine = {"name": NAME, "address": ADDRESS, "gce": {"adopt": True, "startup": "start-echo.sh"}}
    project.configure(instances_in_place(mirror, project.folder, machines=[machine]))
    yield project
    # Where it was never taken over.
    instances.delete(PATH)


def test_it_is_taken_over_as_it_is(stack: MeshProject) -> None:
    before = cloud.get(PATH)
    stack.expect("up", "--yes", "--skip-preview")
    assert cloud.get(PATH) == before
    assert stack.expect("up", "--yes", "--skip-preview", "--expect-no-changes").code == 0


def test_the_next_up_reserves_its_address_in_use_and_with_one_boot_it_joins(stack: MeshProject) -> None:
    before, boots = cloud.get(PATH), instances.serial_port_output(NAME).count("Starting startup scripts.")
    assert not cloud.everything("addresses")
    stack.configure(lambda config: config["workloads"][0]["machines"][0]["gce"].pop("adopt"))
    assert "(replace)" not in stack.expect("preview", "--diff").text
    stack.expect("up", "--yes", "--skip-preview")
    services.restart_uninjected()
    calls_succeed(NAME)
    after = cloud.get(PATH)
    assert (after["instanceId"], after["description"]) == (before["instanceId"], "made by hand")
    assert instances.serial_port_output(NAME).count("Starting startup scripts.") == boots + 1
    (reserved,) = cloud.everything("addresses").values()
    assert reserved["address"] == ADDRESS
    assert stack.expect("up", "--yes", "--skip-preview", "--expect-no-changes").code == 0
