"""Breaking the connection to istiod, whatever the family of its address."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[3] / "meshx" / "scripts"
SS = """\
#!/bin/sh
echo "$*" >>"$FOLDER/asked"
echo 0 0 here there
"""


@pytest.mark.parametrize(("address", "asked"), [("10.77.0.200", "10.77.0.200"), ("fd77::200", "[fd77::200]")])
def test_ss_gets_an_address_that_it_can_read(tmp_path: Path, address: str, asked: str) -> None:
    (tmp_path / "ss").write_text(SS)
    (tmp_path / "ss").chmod(0o755)
    for name in ("reconnect.sh", "machine.sh"):
        (tmp_path / name).write_text((SCRIPTS / name).read_text())
    (tmp_path / "addresses").write_text(f"{address}\n")
    environment = {**os.environ, "FOLDER": str(tmp_path), "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", str(tmp_path / "reconnect.sh")], check=False, capture_output=True, text=True, env=environment
    )
    assert done.returncode == 0, done.stderr
    assert f"dst {asked} dport = :15012" in (tmp_path / "asked").read_text()
