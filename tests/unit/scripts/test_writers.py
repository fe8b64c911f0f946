"""Who wrote a file, by what systemd tells of its units (meshx/scripts/upkeep/writers.sh)."""

import shutil
import subprocess
import time
from pathlib import Path

import pytest

from meshx.machine.delivery import SCRIPTS

SYSTEMCTL = """\
case $1 in
  show) cat "$FOLDER/shown" ;;
  cat) cat "$FOLDER/units/$2" ;;
  is-active) [[ $3 = ufw ]] ;;
esac
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a systemctl of the test's, and a file that was written just now."""
    (tmp_path / "systemctl").write_text(f"#!{shutil.which('bash')}\n{SYSTEMCTL}")
    (tmp_path / "systemctl").chmod(0o755)
    (tmp_path / "units").mkdir()
    (tmp_path / "hosts").write_text("127.0.0.1 localhost\n")
    (tmp_path / "shown").write_text("")
    return tmp_path


def unit(
    folder: Path, name: str, begun: float, over: float | None, text: str = "[Service]\nExecStart=/bin/true\n"
) -> None:
    """Have a service that began and ended at moments before or after the file was written, in seconds."""
    at = Path("/proc/uptime").read_text().split()[0]
    written = float(at) - (time.time() - (folder / "hosts").stat().st_ctime)
    ended = 0 if over is None else int((written + over) * 1e6)
    with (folder / "shown").open("a") as shown:
        shown.write(
            f"ExecMainStartTimestampMonotonic={int((written + begun) * 1e6)}\n"
            f"ExecMainExitTimestampMonotonic={ended}\nId={name}\n\n"
        )
    (folder / "units" / name).write_text(text)


def said(folder: Path, call: str = 'written_by "$FOLDER/hosts"') -> str:
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", f". {SCRIPTS}/upkeep/writers.sh; {call}"],
        env={"PATH": f"{folder}:/usr/bin:/bin", "FOLDER": str(folder)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.partition(" by ")[2] if " by " in done.stdout else done.stdout


def test_a_unit_that_ran_at_that_moment_is_named(folder: Path) -> None:
    unit(folder, "before.service", -20, -10)
    unit(folder, "writes.service", -1, 1)
    unit(folder, "after.service", 10, 20)
    unit(folder, "runs-all-the-time.service", -100, None)
    assert said(folder) == "writes.service"


def test_one_that_names_the_file_is_meant_and_the_others_are_not(folder: Path) -> None:
    script = folder / "rewrite"
    script.write_text(f"#!/bin/sh\necho >{folder}/hosts\n")
    unit(folder, "passes.service", -1, 1)
    unit(folder, "names.service", -1, None, f"[Service]\nExecStart=/bin/sh -c 'echo >{folder}/hosts'\n")
    unit(folder, "has-a-script.service", -1, 1, f"[Service]\nExecStart=-/bin/sh {script}\n")
    unit(folder, "another-file.service", -1, None, f"[Service]\nExecStart=/bin/cat {folder}/hosts.allow\n")
    unit(folder, "meshx-upkeep.service", -1, 1, f"[Service]\nExecStart=/bin/cat {folder}/hosts\n")
    assert said(folder) == "names.service, has-a-script.service"


def test_nobody_that_systemd_knows_is_told_and_what_the_file_says_of_itself_is_quoted(folder: Path) -> None:
    assert said(folder) == "nothing that systemd started for it"
    (folder / "hosts").write_text("# Your system has configured 'manage_etc_hosts' as True.\r\n127.0.0.1 localhost\r\n")
    assert said(folder) == (
        "nothing that systemd started for it (it says: # Your system has configured 'manage_etc_hosts' as True.)"
    )


def test_the_firewalls_that_run_are_named(folder: Path) -> None:
    assert said(folder, "firewalls") == " (of firewalls, ufw runs here)"
