"""Packet rules of the sidecar's that another program takes along, and upkeep puts back (meshx/scripts/upkeep)."""

import os
import subprocess
import time
from pathlib import Path

import pytest

from meshx.machine.delivery import SCRIPTS

RULES = """\
*nat
:PREROUTING ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:ISTIO_OUTPUT - [0:0]
:ISTIO_REDIRECT - [0:0]
-A OUTPUT -j ISTIO_OUTPUT
-A ISTIO_OUTPUT -o lo -j RETURN
-A ISTIO_OUTPUT -m owner --uid-owner 999 -j RETURN
-A ISTIO_OUTPUT -j ISTIO_REDIRECT
-A ISTIO_REDIRECT -p tcp -j REDIRECT --to-ports 15001
COMMIT
"""
SYSTEMCTL = """\
case "$*" in
  *InvocationID*) echo "InvocationID=$(cat "$FOLDER/start")" ;;
  *ActiveState*) echo ActiveState=active ;;
  *ActiveEnterTimestampMonotonic*) echo ActiveEnterTimestampMonotonic=1 ;;
  restart*) echo "$*" >>"$FOLDER/restarts" ;;
  *InactiveEnterTimestampMonotonic*shorewall) cat "$FOLDER/shorewall-ended" 2>/dev/null ;;
  show*) echo none=0 ;;
  is-active*) [[ $3 = firewalld ]] ;;
esac
"""
# Refuses as the legacy one does while another program has its lock.
RESTORE = """\
if [[ -s $FOLDER/locked ]]; then
  sed -i 1d "$FOLDER/locked"
  echo 'Another app is currently holding the xtables lock.' >&2
  exit 4
fi
cat >"$FOLDER/rules"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A machine's programs and upkeep's scripts, with their places there: a sidecar that runs with its rules."""
    programs = {
        "systemctl": SYSTEMCTL,
        "iptables-nft-save": 'cat "$FOLDER/rules"\n',
        "iptables-nft-restore": RESTORE,
        "iptables-nft": "",
        "iptables": "exit 1\n",
        "ip6tables-nft-save": "",
    }
    for name, text in programs.items():
        (tmp_path / name).write_text(f"#!/bin/bash\n{text}")
        (tmp_path / name).chmod(0o755)
    upkeep = tmp_path / "state/upkeep"
    upkeep.mkdir(parents=True)
    for name in ("machine.sh", "packet_rules.sh", "when_down/when_down.sh", "upkeep/writers.sh", "upkeep/upkeep.sh"):
        text = (SCRIPTS / name).read_text()
        for place, here in (("/etc/hosts", "hosts"), ("/var/lib/meshx", "state"), ("/etc/ufw/ufw.conf", "ufw.conf")):
            text = text.replace(place, str(tmp_path / here))
        (upkeep / Path(name).name).write_text(text)
    host = subprocess.run(["hostname"], capture_output=True, text=True, check=True).stdout
    (tmp_path / "hosts").write_text(f"127.0.1.1 {host}")
    (upkeep / "hosts").write_text("")
    (upkeep / "unit").write_text("istio\n")
    (tmp_path / "state/rules").write_text("ipv4\n")
    (tmp_path / "start").write_text("first\n")
    (tmp_path / "rules").write_text(RULES)
    return tmp_path


def look(folder: Path) -> str:
    """Have upkeep look once; what it says."""
    environment = {"PATH": f"{folder}:/usr/bin:/bin", "FOLDER": str(folder)}
    words = ["bash", str(folder / "state/upkeep/upkeep.sh"), "look"]
    return subprocess.run(words, env=environment, capture_output=True, text=True, check=True).stdout


def restarts(folder: Path) -> int:
    """How often the sidecar was started anew."""
    file = folder / "restarts"
    return file.read_text().splitlines().count("restart --no-block istio") if file.exists() else 0


def flush(folder: Path) -> None:
    """What a firewall does to the rules."""
    (folder / "rules").write_text("*nat\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n")


def test_rules_that_were_noted_are_put_back_and_the_sidecar_runs_on(folder: Path) -> None:
    assert look(folder) == ""
    flush(folder)
    told = look(folder)
    assert told.startswith("<5>meshx: the sidecar's packet rules were gone at ")
    assert told.endswith("; they were put back (of firewalls, firewalld runs here)\n")
    assert (folder / "state/put-back").read_text().startswith("rules the sidecar's packet rules were gone at ")
    kept = [line for line in (folder / "rules").read_text().splitlines() if "ISTIO_" in line]
    assert kept == [line.replace(" [0:0]", "") for line in RULES.splitlines() if "ISTIO_" in line]
    assert restarts(folder) == 0


def test_a_lock_that_another_program_has_is_waited_for(folder: Path) -> None:
    look(folder)
    flush(folder)
    (folder / "locked").write_text("1\n2\n3\n")
    assert "they were put back" in look(folder)
    assert "-j ISTIO_OUTPUT" in (folder / "rules").read_text()


def test_rules_that_went_before_anybody_noted_them_have_the_sidecar_start_anew(folder: Path) -> None:
    flush(folder)
    told = look(folder)
    assert ", soon after its start; it was started anew (of firewalls, firewalld runs here)" in told
    assert restarts(folder) == 1
    (folder / "rules").write_text(RULES)
    (folder / "start").write_text("second\n")
    assert look(folder) == ""
    # Its rules stood: the next time counts by itself.
    flush(folder)
    (folder / "start").write_text("third\n")
    look(folder)
    assert restarts(folder) == 2


def test_a_start_that_does_not_help_is_tried_again_after_ten_minutes_only(folder: Path) -> None:
    flush(folder)
    for start in ("first", "second", "third"):
        (folder / "start").write_text(f"{start}\n")
        look(folder)
    assert restarts(folder) == 1
    past = time.time() - 11 * 60
    os.utime(folder / "state/upkeep/rules.tried", (past, past))
    look(folder)
    assert restarts(folder) == 2


def test_a_sidecar_that_never_had_rules_is_left_alone(folder: Path) -> None:
    flush(folder)
    (folder / "state/rules").unlink()
    assert look(folder) == ""
    assert restarts(folder) == 0


def test_a_firewall_that_is_switched_on_without_its_unit_and_one_that_has_just_ended_are_named(folder: Path) -> None:
    look(folder)
    flush(folder)
    (folder / "ufw.conf").write_text("ENABLED=yes\nLOGLEVEL=low\n")
    uptime = float(Path("/proc/uptime").read_text().split()[0])
    (folder / "shorewall-ended").write_text(f"InactiveEnterTimestampMonotonic={int((uptime - 20) * 1e6)}\n")
    named = "ufw runs here, firewalld runs here, shorewall ended shortly before"
    assert look(folder).endswith(f" (of firewalls, {named})\n")
    flush(folder)
    (folder / "ufw.conf").write_text("ENABLED=no\n")
    (folder / "shorewall-ended").write_text(f"InactiveEnterTimestampMonotonic={int((uptime - 100) * 1e6)}\n")
    assert look(folder).endswith(" (of firewalls, firewalld runs here)\n")
