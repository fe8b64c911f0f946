"""Ports that take calls by the proxy alone, also while it is down (meshx/scripts/when_down), with a stand-in of nft."""

import base64
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from meshx.join.scripts_library import SCRIPTS

NFT = """\
case "$1 $2" in
  "-f "*) cp "$2" "$FOLDER/table" ;;
  "--check -f") [[ ! -e $FOLDER/no-kernel ]] || { echo 'Error: Could not process rule: No such file' >&2; exit 1; } ;;
  "list table") cat "$FOLDER/table" 2>/dev/null ;;
  "delete table") rm "$FOLDER/table" ;;
esac
"""
SYSTEMCTL = """\
echo "$*" >>"$FOLDER/systemctl.log"
case "$*" in
  "restart meshx-closed.service")
    sh -c "$(sed -n "s/^ExecStart=.bin.sh -c '\\(.*\\)'/\\1/p" "$FOLDER/units/meshx-closed.service")" ;;
  "enable --quiet meshx-closed.service") : >"$FOLDER/enabled" ;;
  "disable --quiet --now meshx-closed.service") rm -f "$FOLDER/enabled" ;;
  "is-enabled --quiet meshx-closed.service") [[ -e $FOLDER/enabled ]] ;;
  *InvocationID*) echo InvocationID=1 ;;
  *ActiveState*) echo ActiveState=inactive ;;
  show*) echo none=0 ;;
  is-active*) false ;;
esac
"""
RULE = "iif != lo tcp dport { 8080, 9090 } reject with tcp reset"
UNIT = "units/meshx-closed.service"
Call = Callable[[str], str]


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A machine's folder: its programs, the scripts of a join to ports 8080 and 9090, and upkeep's."""
    for name, text in {"nft": NFT, "systemctl": SYSTEMCTL}.items():
        (tmp_path / name).write_text(f"#!/bin/bash\n{text}")
        (tmp_path / name).chmod(0o755)
    for name in ("work", "units", "run", "state/upkeep"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("machine.sh", "checks.sh", "packet_rules.sh", "upkeep/writers.sh", "upkeep/upkeep.sh"):
        place(tmp_path, name)
    for name in ("when_down.sh", "meshx-closed.service", "close_early.sh"):
        place(tmp_path, f"when_down/{name}")
    (tmp_path / "work/closed-ports").write_text("8080, 9090\n")
    host = subprocess.run(["hostname"], capture_output=True, text=True, check=True).stdout
    (tmp_path / "hosts").write_text(f"127.0.1.1 {host}")
    (tmp_path / "state/upkeep/hosts").write_text("")
    (tmp_path / "state/upkeep/unit").write_text("istio\n")
    return tmp_path


def place(folder: Path, script: str) -> None:
    """A script with its places in that folder, where a delivery and where upkeep has it."""
    text = (SCRIPTS / script).read_text()
    for there, here in (
        ("/etc/hosts", "hosts"),
        ("/var/lib/meshx", "state"),
        ("/etc/systemd/system", "units"),
        ("/run/meshx-closed", "run/meshx-closed"),
    ):
        text = text.replace(there, str(folder / here))
    for where in ("work", "state/upkeep"):
        (folder / where / Path(script).name).write_text(text)


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": f"{folder}:/usr/bin:/bin:/usr/sbin:/sbin", "FOLDER": str(folder)}
    return subprocess.run(["bash", *words], env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def call(machine: Path) -> Call:
    """Calls a function as join.sh, leave.sh or observe.sh do; what it prints."""

    def called(function: str) -> str:
        done = run(
            machine, "-euo", "pipefail", "-c", f". {machine}/work/machine.sh; . {machine}/work/when_down.sh; {function}"
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return called


def observed(call: Call) -> str:
    """What a look says of calls past the proxy; "" for nothing."""
    key, _, value = call("observe_when_down").partition(" ")
    assert key in ("", "when-down")
    return base64.b64decode(value).decode()


def test_ports_are_closed_and_opened_once_each(machine: Path, call: Call) -> None:
    assert call("place_when_down") == "calls past the proxy are refused\n"
    assert RULE in (machine / "table").read_text()
    assert (machine / "enabled").exists()
    assert call("place_when_down") == ""
    (machine / "work/closed-ports").unlink()
    assert call("place_when_down") == "calls past the proxy are answered while it is down\n"
    assert call("place_when_down") == ""
    left = ["table", "enabled", "state/closed.nft", UNIT, "run/meshx-closed"]
    assert not [name for name in left if (machine / name).exists()]


def test_leaving_opens_them_and_says_nothing_of_it(machine: Path, call: Call) -> None:
    assert call("remove_when_down") == ""
    call("place_when_down")
    assert call("remove_when_down") == ""
    assert not (machine / "table").exists()


def test_other_ports_take_the_place_of_the_former_ones(machine: Path, call: Call) -> None:
    call("place_when_down")
    (machine / "work/closed-ports").write_text("3306\n")
    assert observed(call).endswith("closed.nft is missing or changed")
    assert call("place_when_down") == "calls past the proxy are refused\n"
    assert "tcp dport { 3306 } reject" in (machine / "table").read_text()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("rm $FOLDER/table", "answered: nftables' table inet meshx_closed is missing or changed"),
        ("echo more >>$FOLDER/table", "answered: nftables' table inet meshx_closed is missing or changed"),
        ("rm $FOLDER/run/meshx-closed", "answered: nftables' table inet meshx_closed is missing or changed"),
        ("rm $FOLDER/state/closed.nft", "state/closed.nft is missing or changed"),
        ("echo >>$FOLDER/units/meshx-closed.service", "meshx-closed.service is missing or changed"),
        ("rm $FOLDER/enabled", "refused until the next boot: meshx-closed.service is disabled"),
    ],
)
def test_what_others_change_is_told_and_put_right(machine: Path, call: Call, change: str, words: str) -> None:
    call("place_when_down")
    assert observed(call) == "refused"
    run(machine, "-c", change)
    assert observed(call).endswith(words)
    assert call("place_when_down") == "calls past the proxy are refused\n"
    assert observed(call) == "refused"


def test_a_machine_whose_ports_are_open_is_not_told_and_one_that_is_closed_against_its_file_is(
    machine: Path, call: Call
) -> None:
    (machine / "work/closed-ports").rename(machine / "kept")
    assert observed(call) == ""
    (machine / "kept").rename(machine / "work/closed-ports")
    call("place_when_down")
    (machine / "work/closed-ports").unlink()
    assert observed(call).startswith("refused, by ")


def test_an_instance_closes_them_before_it_has_joined(machine: Path) -> None:
    done = run(machine, str(machine / "work/close_early.sh"))
    assert (done.returncode, done.stdout) == (0, "calls past the proxy are refused\n"), done.stderr
    assert RULE in (machine / "table").read_text()


@pytest.mark.parametrize("when", ["look", "before-start"])
def test_upkeep_puts_rules_back_that_others_flushed_and_tells_it_once(machine: Path, call: Call, when: str) -> None:
    call("place_when_down")
    upkeep = str(machine / "state/upkeep/upkeep.sh")
    assert run(machine, upkeep, when).stdout == ""
    (machine / "table").unlink()
    told = run(machine, upkeep, when).stdout
    assert told.startswith("<5>meshx: the rules that refuse calls past the proxy were gone at ")
    assert RULE in (machine / "table").read_text()
    assert run(machine, upkeep, when).stdout == ""
    call("remove_when_down")
    assert run(machine, upkeep, when).stdout == ""


def test_a_machine_without_nftables_is_refused_with_the_remedy(machine: Path) -> None:
    check = (
        f"cd {machine}/work; INSTALL='apt-get install -y'; for one in machine checks when_down; do . ./$one.sh; done; "
    )
    assert run(machine, "-c", f"{check} check_when_down").stderr == ""
    (machine / "no-kernel").touch()
    said = run(machine, "-c", f"{check} check_when_down").stderr
    assert "does not take the rules of `whenDown: closed' (Error: Could not process rule: No such file)" in said
    (machine / "nft").unlink()
    said = run(machine, "-c", f"{check} PATH={machine}; check_when_down").stderr
    assert "problem: nft is missing, which `whenDown: closed' needs: apt-get install -y nftables\n" in said
    (machine / "work/closed-ports").unlink()
    assert run(machine, "-c", f"{check} PATH={machine}; check_when_down").stderr == ""
