import os

import pytest

from sandbox.pulumi.home import prepare
from sandbox.traffic import services
from tests.e2e.stack.mesh_project import make
from tests.e2e.switched import story

pytestmark = pytest.mark.usefixtures("sandbox")


def test_istiod(sandbox, tmp_path_factory):
    services.apply()
    project = make(tmp_path_factory.mktemp("s"), {**os.environ, **prepare()})
    try:
        story(project, "istiod")
    finally:
        project.pulumi("cancel", "--yes")
        project.pulumi("destroy", "--yes", "--skip-preview")
