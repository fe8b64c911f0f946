"""A stack of two machines on the cluster's network and one on another, in a mesh whose istiod has made its own root.

Certificates live for a minute, those of pods and of the gateway too: the steps wait for their ends.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.pulumi.home import prepare
from sandbox.traffic import services
from tests.e2e.stack.mesh_project import MeshProject, make
from tests.e2e.stack.two_machines import two_machines
from tests.e2e.steady.test_steady_traffic import await_serving, quick_probe

LIFETIME_SECONDS = 60


@pytest.fixture(scope="package")
def project(sandbox: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MeshProject]:
    """The stack, up; destroyed in the end whatever happened."""
    made = make(tmp_path_factory.mktemp("trust-key"), {**os.environ, **prepare()})
    for change in (two_machines, quick_probe, _short_lives):
        made.configure(change)
    try:
        services.apply()
        begun = time.monotonic()
        made.expect("up", "--yes", "--skip-preview")
        print(f"pulumi up of three machines: {time.monotonic() - begun:.0f} s")
        services.restart_uninjected()
        await_serving({"vm-1", "vm-2", "vm-3"})
        yield made
    finally:
        made.unlock()
        made.pulumi("destroy", "--yes", "--skip-preview")


def _short_lives(config: dict[str, Any]) -> None:
    metadata = {"proxyMetadata": {"SECRET_TTL": f"{LIFETIME_SECONDS}s"}}
    config["mesh"]["values"]["istiod"]["meshConfig"] = {"defaultConfig": metadata}
