"""One project whose configuration goes from stack to stack, and the pods that call and are called."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from sandbox.pulumi.home import prepare
from sandbox.traffic import services
from tests.e2e.gce.cloud_project import STARTUP
from tests.e2e.gce.package_mirror import serving
from tests.e2e.reachability.bare_pods import bare_pod
from tests.e2e.reachability.stacks import OWN_PORT, PACKAGE_PORT, offer
from tests.e2e.stack.mesh_project import MeshProject, make


@pytest.fixture(scope="package")
def project(sandbox: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MeshProject]:
    """The project, not up yet; destroyed in the end whatever happened."""
    with pytest.MonkeyPatch.context() as patch:
        # For instances an official plugin would ask Google.
        patch.setenv("MESHX_PULUMI", "sandbox")
        environment = prepare()
    made = make(tmp_path_factory.mktemp("reachability"), {**os.environ, **environment})
    (made.folder / "start-echo.sh").write_text(STARTUP)
    services.apply()
    with bare_pod(), serving(port=PACKAGE_PORT):
        yield made
        offer(OWN_PORT)
        made.unlock()
        made.pulumi("destroy", "--yes", "--skip-preview")
