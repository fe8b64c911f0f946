"""The program that starts the agent for a gateway with a host name (meshx/scripts/agent), and a new connection."""

import os
import subprocess
from pathlib import Path

import pytest

from meshx.istio.machine_paths import AGENT_FOLDER, CLUSTER_ENV
from meshx.join.scripts_library import SCRIPTS, script_text

NAMED = f"A='b'\nISTIO_BIN_BASE='{AGENT_FOLDER}'\n"


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A folder with the scripts, whose places for settings and program are in it; nobody's rights are changed."""
    for name in ("work/files", "settings", "agent"):
        (tmp_path / name).mkdir(parents=True)
    text = script_text("agent/agent_program.sh").replace("readonly AGENT_FOLDER=", "readonly WRITTEN_FOLDER=")
    (tmp_path / "work/agent_program.sh").write_text(text)
    (tmp_path / "work/pilot-agent.sh").write_text(script_text("agent/pilot-agent.sh"))
    (tmp_path / "work/files.tsv").write_text(
        f"root:root\t0644\t/etc/x\nroot:root\t0644\t{tmp_path}/settings/cluster.env\n"
    )
    return tmp_path


def run(machine: Path, functions: str, settings: str) -> str:
    """What functions of the script print on a machine to which a run brings such settings."""
    (machine / "work/files/1").write_text(settings.replace(AGENT_FOLDER, f"{machine}/agent"))
    prelude = f"""\
set -euo pipefail
work={machine}/work SETTINGS={machine}/settings AGENT_FOLDER={machine}/agent
say() {{ echo "$*"; }}
place() {{ ! cmp -s "$3" "$4" && install -D -m "$2" "$3" "$4"; }}
place_files() {{ cp "$work/files/1" "$SETTINGS/cluster.env"; }}
. "$work/agent_program.sh"
"""
    done = subprocess.run(["bash", "-c", prelude + functions], capture_output=True, text=True, check=True)
    return done.stdout


def test_it_is_there_before_the_settings_that_name_it_and_goes_after_them(machine: Path) -> None:
    program = machine / "agent/pilot-agent"
    said = run(
        machine, 'place_agent_program; [[ ! -e "$SETTINGS/cluster.env" ]]; place_files; remove_agent_program', NAMED
    )
    assert said == f"file {program}\n"
    assert os.access(program, os.X_OK) and program.read_text() == script_text("agent/pilot-agent.sh")
    assert run(machine, "place_agent_program; place_files; remove_agent_program", NAMED) == ""
    assert (
        run(machine, 'place_agent_program; test -e "$AGENT_FOLDER"; place_files; remove_agent_program', "A='b'\n") == ""
    )
    assert not program.parent.exists()


def test_a_machine_at_an_address_gets_none(machine: Path) -> None:
    assert (
        run(machine, "place_agent_program; place_files; remove_agent_program; agent_program_trouble", "A='b'\n") == ""
    )
    assert not (machine / "agent").exists()


def test_one_that_others_changed_is_told(machine: Path) -> None:
    run(machine, "place_agent_program; place_files", NAMED)
    assert run(machine, "agent_program_trouble", NAMED) == ""
    (machine / "agent/pilot-agent").write_text("#!/bin/sh\n")
    assert "pilot-agent is not what it should be" in run(machine, "agent_program_trouble", NAMED)


def test_the_agent_finds_no_address_of_an_authority(tmp_path: Path) -> None:
    agent = tmp_path / "pilot-agent"
    agent.write_text('#!/bin/sh\necho "${CA_ADDR-none} $ISTIOD_SAN $*"\n')
    agent.chmod(0o755)
    program = tmp_path / "program"
    program.write_text(script_text("agent/pilot-agent.sh").replace("/usr/local/bin/pilot-agent", str(agent)))
    environment = {**os.environ, "CA_ADDR": "istiod.istio-system.svc:15012", "ISTIOD_SAN": "istiod"}
    command = ["sh", str(program), "proxy", "a b"]
    assert (
        subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
        == "none istiod proxy a b\n"
    )


def test_the_start_scripts_folder_is_the_one_that_the_settings_name() -> None:
    assert f"AGENT_FOLDER={AGENT_FOLDER}\n" in script_text("agent/agent_program.sh")
    assert CLUSTER_ENV.startswith("/var/lib/meshx/sidecar/")


SS = """\
case "$*" in
  *-K*) echo "$*" >>"$FOLDER/broken"; echo 'tcp ...' ;;
  *) echo '0 0 10.79.0.12:40000 10.77.0.240:15012 users:(("pilot-agent",pid=7,fd=9))'
     echo '0 0 10.79.0.12:40001 198.51.100.1:15012 users:(("other",pid=8,fd=9))'
     echo '0 0 [fd00::12]:40002 [fd00::7]:15012 users:(("pilot-agent",pid=7,fd=10))' ;;
esac
"""


def test_only_the_agents_own_connections_are_opened_anew(tmp_path: Path) -> None:
    (tmp_path / "ss").write_text(f"#!/bin/bash\n{SS}")
    (tmp_path / "ss").chmod(0o755)
    for name in ("reconnect.sh", "machine.sh"):
        (tmp_path / name).write_bytes((SCRIPTS / name).read_bytes())
    (tmp_path / "port").write_text("15012\n")
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "FOLDER": str(tmp_path)}
    done = subprocess.run(
        ["bash", str(tmp_path / "reconnect.sh")], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == "connection to istiod opened anew\n" * 2
    assert (tmp_path / "broken").read_text().splitlines() == [
        "-H -t -n -K state established src 10.79.0.12:40000 dst 10.77.0.240:15012",
        "-H -t -n -K state established src [fd00::12]:40002 dst [fd00::7]:15012",
    ]
