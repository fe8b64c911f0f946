"""`python -m meshx`, started as it should not be."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("words", [["doctor"], ["recover", "--stack", "dev"], []])
def test_outside_the_virtual_environment_one_sentence_says_what_to_do(words: list[str]) -> None:
    # Without the packages of the interpreter, as any other python of the computer.
    done = subprocess.run(
        [sys.executable, "-S", "-m", "meshx", *words], cwd=ROOT, check=False, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1 and "Traceback" not in done.stderr
    assert f"{sys.executable} has no module " in done.stderr and "in a checkout `make .venv/ready`" in done.stderr


def test_a_folder_that_is_no_project_is_said_in_one_sentence(tmp_path: Path) -> None:
    for command in ("doctor", "recover"):
        done = subprocess.run(
            [sys.executable, "-m", "meshx", command],
            cwd=tmp_path,
            env={"PYTHONPATH": str(ROOT), "PATH": "/nowhere"},
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode in (1, 2) and done.stderr.count("\n") == 1
        assert "is no Pulumi project" in done.stderr
