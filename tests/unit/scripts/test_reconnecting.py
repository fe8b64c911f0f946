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
case $* in
  *-K*) echo 0 0 here there ;;
  *)
    echo "0 0 $HERE $THERE users:((\\"pilot-agent\\",pid=7,fd=9))"
    echo '0 0 10.0.0.1:5 10.0.0.2:15012 users:(("curl",pid=8,fd=3))'
    ;;
esac
"""


@pytest.mark.parametrize("address", ["10.77.0.200:15012", "[fd77::200]:15012"])
def test_the_agents_connection_is_broken_and_nobody_elses(tmp_path: Path, address: str) -> None:
    (tmp_path / "ss").write_text(SS)
    (tmp_path / "ss").chmod(0o755)
    for name in ("reconnect.sh", "machine.sh"):
        (tmp_path / name).write_text((SCRIPTS / name).read_text())
    (tmp_path / "port").write_text("15012\n")
    given = {"FOLDER": str(tmp_path), "HERE": "here:41234", "THERE": address}
    environment = {**os.environ, **given, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", str(tmp_path / "reconnect.sh")], check=False, capture_output=True, text=True, env=environment
    )
    assert done.returncode == 0, done.stderr
    asked = (tmp_path / "asked").read_text().splitlines()
    assert [line for line in asked if "-K" in line] == [f"-H -t -n -K state established src here:41234 dst {address}"]
    assert "connection to istiod opened anew" in done.stdout
