"""An instance on another network than the cluster's: it fetches its token, and calls, through the mesh's gateway."""

from __future__ import annotations

import pytest

from sandbox import machines
from sandbox.network.addresses import NODE_ADDRESS
from sandbox.traffic import services
from tests.e2e.gce.cloud_project import FAR_NETWORK, instances_in_place
from tests.e2e.gce.one_instance import calls_succeed
from tests.e2e.gce.package_mirror import Mirror
from tests.e2e.stack.mesh_project import MeshProject

pytestmark = pytest.mark.usefixtures("sandbox")

NAME, ADDRESS = "gce-far", "10.79.0.41"


def test_an_instance_that_reaches_the_gateway_only_joins_by_it(project: MeshProject, mirror: Mirror) -> None:
    gce = {"subnetwork": "far", "vpc": "far", "startup": "start-echo.sh"}
    machine = {"name": NAME, "address": ADDRESS, "network": FAR_NETWORK, "gce": gce}
    project.configure(instances_in_place(mirror, project.folder, machines=[machine]))
    project.expect("up", "--yes", "--skip-preview")
    services.restart_uninjected()
    # Its own user's traffic is not captured by the sidecar, which takes every connection first.
    direct = ["runuser", "-u", "istio-proxy", "--", "timeout", "2", "bash", "-c", f"</dev/tcp/{NODE_ADDRESS}/6443"]
    assert machines.execute(NAME, direct).returncode != 0
    calls_succeed(NAME)
    # The timer's way is the same.
    assert machines.execute(NAME, ["systemctl", "start", "meshx-token.service"]).returncode == 0
