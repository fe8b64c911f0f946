"""What these tests share: a mirror of the sidecar's package, and a project for the stand-in cloud."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from sandbox.gce import cloud
from sandbox.pulumi.home import prepare
from sandbox.traffic import services
from tests.e2e.gce.package_mirror import Mirror, serving
from tests.e2e.stack.mesh_project import MeshProject, make


@pytest.fixture(scope="package")
def mirror(sandbox: object) -> Iterator[Mirror]:
    """The package's mirror, up while these tests run."""
    with serving() as found:
        yield found


@pytest.fixture(scope="module")
def project(mirror: Mirror, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MeshProject]:
    """A new, empty stack; what it made is destroyed in the end, in the cloud too."""
    with pytest.MonkeyPatch.context() as patch:
        # An official plugin would ask Google.
        patch.setenv("MESHX_PULUMI", "sandbox")
        environment = prepare()
    made = make(tmp_path_factory.mktemp("gce"), {**os.environ, **environment})
    services.apply()
    yield made
    made.unlock()
    made.expect("destroy", "--yes", "--skip-preview")
    assert not any(cloud.everything(kind) for kind in ("instances", "addresses", "firewalls", "serviceAccounts"))
