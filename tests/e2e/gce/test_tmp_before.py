import pytest

from tests.e2e.gce.cloud_project import instances_in_place
from tests.e2e.gce.one_instance import MACHINE
from tests.e2e.switched import story

pytestmark = pytest.mark.usefixtures("sandbox")


def test_gce(project, mirror):
    project.configure(instances_in_place(mirror, project.folder, machines=[MACHINE]))
    story(project, "gce")
