"""A program with meshes of its own under the real engine, and outputs among their arguments that are not known yet."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.answering_project import AnsweringProject, answering_project
from tests.engine.stack import REPOSITORY


@pytest.fixture
def project(pulumi_environment: dict[str, str], tmp_path: Path) -> Iterator[AnsweringProject]:
    """A new stack of the program in library_program, with nothing in it."""
    with answering_project(tmp_path, pulumi_environment) as made:
        shutil.copy(REPOSITORY / "tests" / "engine" / "library_program" / "__main__.py", made.folder)
        (made.folder / "Pulumi.dev.yaml").unlink()
        configure(made, meshes="2", address="10.99.0.1")
        yield made


def configure(project: AnsweringProject, **settings: str) -> None:
    for key, value in settings.items():
        ran = project.pulumi("config", "set", f"test:{key}", value)
        assert ran.code == 0, ran.text


def test_a_preview_shows_the_whole_plan_of_two_meshes_that_it_knows_little_of(project: AnsweringProject) -> None:
    ran = project.pulumi("preview")
    assert ran.code == 0, ran.text
    for name in ("east", "west"):
        for made in ("vm-1", "control-plane", "shop/ledger"):
            assert f"{name}/{made}" in ran.text, ran.text
    assert "this preview does not know the cluster yet" in ran.text
    assert "(waits for up)" in ran.text and "alone knows meshx:workloads[0].machines[0].address" in ran.text
    assert "241." not in ran.text and "meshx-output" not in ran.text
    assert "Traceback" not in ran.text


def test_an_up_refuses_a_wrong_value_before_it_makes_anything_of_the_machine(project: AnsweringProject) -> None:
    configure(project, meshes="1", address="127.0.0.1", known="true")
    ran = project.pulumi("up", "--yes", "--skip-preview")
    assert ran.code != 0
    assert "meshx:workloads[0].machines[0].address" in ran.text and "is a loopback address" in ran.text
    assert "Traceback" not in ran.text
    assert "WorkloadEntry" not in ran.text and "Join" not in ran.text
