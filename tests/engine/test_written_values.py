"""What YAML makes of values without quotes, by the real engine: the program's own messages on what reaches it."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import pulumi_cli

REPOSITORY = Path(__file__).parents[2]
CLUSTER = "  meshx:cluster: {context: somewhere}\n"
MESH = '  meshx:mesh: {istioVersion: "1.31.0"}\n'


@pytest.fixture
def previewed(pulumi_environment: dict[str, str], tmp_path: Path) -> Callable[[str], str]:
    """What a preview of meshx's own program says of a stack's file with these lines."""
    project = tmp_path / "project"
    (tmp_path / "backend").mkdir()
    project.mkdir()
    for name in ("__main__.py", "Pulumi.yaml", "requirements.txt"):
        shutil.copy(REPOSITORY / name, project)
    for name in ("meshx", ".venv"):
        (project / name).symlink_to(REPOSITORY / name)
    environment = {**pulumi_environment, "PULUMI_BACKEND_URL": f"file://{tmp_path}/backend"}
    assert pulumi_cli.run(project, environment, "stack", "init", "dev", seconds=120).code == 0
    file = project / "Pulumi.dev.yaml"
    salt = file.read_text() if file.exists() else ""

    def preview(lines: str) -> str:
        file.write_text(f"{salt}config:\n{CLUSTER}{lines}")
        ran = pulumi_cli.run(project, environment, "preview", seconds=120)
        assert ran.code != 0, ran.text
        return ran.text

    return preview


def test_values_without_quotes_are_told_as_what_they_became(previewed: Callable[[str], str]) -> None:
    said = previewed(MESH + "  meshx:labels: {a: 1.10, b: 2026-01-31, c: 0x1F, d: true, e: }\n")
    for wrong in (
        "expected the value of a label (text), found the number 1.1\n",
        "'2026-01-31 00:00:00 +0000 UTC' is what YAML makes of a date without quotes",
        "expected the value of a label (text), found the number 31\n",
        "expected the value of a label (text), found true",
        "expected the value of a label (text), found nothing",
    ):
        assert wrong in said, said
    assert 'a: "1.1"' not in said and 'c: "31"' not in said


def test_a_version_without_quotes_is_never_answered_with_another(previewed: Callable[[str], str]) -> None:
    said = previewed("  meshx:mesh: {istioVersion: 1.30}\n")
    assert 'write: the version in quotes, such as istioVersion: "1.31.0"' in said
    assert '"1.3"' not in said


def test_a_number_that_looks_like_another_is_found_in_the_stacks_file(previewed: Callable[[str], str]) -> None:
    said = previewed(MESH + "  meshx:ssh: {port: 010}\n")
    assert "meshx:ssh.port\n" in said
    assert "010 is not read as it looks" in said
