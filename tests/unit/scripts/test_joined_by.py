"""Whose machine it is, as a delivery says it and a look reads it."""

import base64
import subprocess
from pathlib import Path

import pytest

from meshx.join.scripts_library import SCRIPTS


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    for name in ("machine.sh", "joined_by.sh"):
        text = (SCRIPTS / name).read_text().replace("/var/lib/meshx", str(tmp_path / "state"))
        (tmp_path / name).write_text(text)
    (tmp_path / "state").mkdir()
    return tmp_path


def seen(machine: Path) -> str:
    """What a look reads once a delivery was put in place."""
    script = "set -euo pipefail; . ./machine.sh; . ./joined_by.sh; record_joined_by; observe_joined_by"
    done = subprocess.run(["bash", "-c", script], cwd=machine, capture_output=True, text=True, check=True)
    return base64.b64decode(done.stdout.split(maxsplit=1)[1] if " " in done.stdout.strip() else "").decode().strip()


def test_a_machine_is_of_the_stack_that_delivered_last(machine: Path) -> None:
    (machine / "joined-by").write_text("meshx/old uid-1\n")
    assert seen(machine) == "meshx/old uid-1"
    (machine / "joined-by").write_text("meshx/new uid-2\n")
    assert seen(machine) == "meshx/new uid-2"


def test_a_delivery_that_says_nothing_leaves_it_unless_it_is_put_back(machine: Path) -> None:
    (machine / "joined-by").write_text("meshx/new uid-2\n")
    seen(machine)
    (machine / "joined-by").unlink()
    assert seen(machine) == "meshx/new uid-2"
    (machine / "goes-back").touch()
    assert seen(machine) == ""
