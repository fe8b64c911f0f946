"""An instance that was there before the stack: taken over as it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.gce import cloud, instances
from sandbox.gce.catalogue import PROJECT, ZONES
from tests.e2e.gce.cloud_project import instances_in_place
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
