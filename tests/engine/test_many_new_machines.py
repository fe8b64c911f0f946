"""A stack of many new machines, which stand in a file, under the real engine and a cluster that answers."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.answering_project import AnsweringProject, answering_project

MACHINES = 60
"""More objects at once than the program has threads, each of which a hook looks for first."""
WORKLOAD = {"name": "shop", "namespace": "vm", "machinesFrom": ["inventory/*.csv"]}


@pytest.fixture
def project(pulumi_environment: dict[str, str], tmp_path: Path) -> Iterator[AnsweringProject]:
    """A new stack with nothing in it."""
    with answering_project(tmp_path, pulumi_environment) as made:
        yield made


def test_a_preview_of_many_new_machines_ends(project: AnsweringProject) -> None:
    project.write("inventory/shop.csv", range(MACHINES))
    project.configure(workloads=[{**WORKLOAD, "ports": [{"name": "http", "port": 80}]}])
    ran = project.pulumi("preview")
    assert ran.code == 0, ran.text
    assert all(f"m-{one:04}.shop.vm.svc.cluster.local:80" in ran.text for one in range(MACHINES)), ran.text


def test_a_mistake_in_a_file_is_told_with_its_line(project: AnsweringProject) -> None:
    project.write("inventory/shop.csv", range(3))
    file = project.folder / "inventory" / "shop.csv"
    file.write_text(file.read_text().replace("10.99.0.3", "10.99.0.2"))
    project.configure(workloads=[WORKLOAD])
    ran = project.pulumi("preview")
    assert ran.code != 0
    assert "inventory/shop.csv:4 address" in ran.text
    assert "the address 10.99.0.2 is taken by inventory/shop.csv:3 address" in ran.text
