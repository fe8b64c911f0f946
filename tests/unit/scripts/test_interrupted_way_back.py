"""A way back that is cut short, taken up by another run, or on a clone (meshx/scripts/way_back)."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path

import pytest

from meshx.join.scripts_library import SCRIPTS
from tests.unit.scripts.test_way_back import Call, call, confirmed, deliver, facts, held, machine

__all__ = ["call", "machine"]


def content(path: Path) -> str:
    return (path / "files/0").read_text()


def test_a_switch_that_another_run_armed_anew_meanwhile_leaves_its_change_alone(machine: Path, call: Call) -> None:
    confirmed(machine, call)
    call("begin_trial")
    back, armed = machine / "state/good/back", machine / "state/good/armed"
    again = f"take_lock() {{ echo '1000 9999999999 yes' >{armed}; }}; forget_lock() {{ :; }}"
    (back / "lock.sh").write_text(again)
    done = call(f"exec bash {back}/back.sh")
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert armed.exists()
    assert not (machine / "state/undone").exists()


def test_a_clone_of_a_machine_with_an_armed_switch_is_disarmed_and_keeps_nothing_of_the_other(
    machine: Path, call: Call
) -> None:
    confirmed(machine, call)
    call("begin_trial")
    deliver(machine, "for the clone")
    (machine / "work/way-back").write_text("0\n")
    assert call("begin_trial").returncode == 0
    good = machine / "state/good"
    assert {path.name for path in good.iterdir()} == {"next"}
    assert not list((machine / "units").iterdir())
    # A run that was killed here, and the next, by which it is no other machine's any more.
    deliver(machine, "for the clone, once more")
    assert call("begin_trial").stdout == ""
    (machine / "work/held").touch()
    assert call("confirm_trial").returncode == 0
    assert {path.name for path in good.iterdir()} == {"now"}


def test_only_the_proxys_own_files_are_kept_whatever_it_puts_in_their_place_meanwhile(
    machine: Path, call: Call
) -> None:
    (machine / "certs/key.pem").write_text("chosen by the proxy")
    swapped = """
      stat() {
        if [[ ! -e $FOLDER/asked ]]; then touch "$FOLDER/asked"; first=istio-proxy; else first=root; fi
        case $2 in %U) echo "$first" ;; *) echo "$first:$first 04755" ;; esac
      }
      plain() { cat "$1"; }
    """
    done = call(f'mkdir -p "$GOOD"\n{swapped}\nkeep_certificates')
    assert done.returncode == 0, done.stderr
    owned = [path.read_text() for path in (machine / "state/good/certificates").glob("*.owner")]
    assert not [text for text in owned if text.startswith("root")]


CONFIRMED_BY_HALVES = {
    "certificates moved": 'forget_former; mv -T "$KEPT_CERTIFICATES" "$FORMER_CERTIFICATES"',
    "delivery moved": 'mv -T "$KEPT_CERTIFICATES" "$FORMER_CERTIFICATES"; disarm; mv -T "$GOOD/now" "$GOOD/former"',
}


@pytest.mark.parametrize("ended", CONFIRMED_BY_HALVES)
def test_power_that_fails_while_a_change_is_confirmed_loses_nothing_to_go_back_to(
    machine: Path, call: Call, ended: str
) -> None:
    on_trial_with_another_certificate(machine, call)
    assert call(CONFIRMED_BY_HALVES[ended]).returncode == 0
    deliver(machine, "third")
    owned = 'stat() { echo "istio-proxy:istio-proxy 0600"; }; plain() { cat "$1"; }'
    assert "goes back by itself" in call(f"{owned}; begin_trial").stdout
    done = call('go_back "nobody confirmed"')
    assert done.stdout == "went back to version 1.31.0\n", done.stderr
    assert content(machine / "state/good/now") == "first"
    if ended == "certificates moved":
        assert (machine / "certs/key.pem").read_text() == "the key of before"


def on_trial_with_another_certificate(machine: Path, call: Call) -> None:
    confirmed(machine, call)
    owned = 'stat() { echo "istio-proxy:istio-proxy 0600"; }; plain() { cat "$1"; }'
    (machine / "certs/key.pem").write_text("the key of before")
    assert call(f"{owned}; begin_trial").returncode == 0
    (machine / "certs/key.pem").write_text("another key")


@pytest.mark.parametrize("after", ["a move", "arming"])
def test_power_that_fails_while_a_machine_begins_to_go_back_from_what_is_confirmed_loses_nothing(
    machine: Path, call: Call, after: str
) -> None:
    held(machine, call)
    last = {"a move": 'arm_switch() { [[ ! -e "$GOOD/next" ]] || exit 9; }', "arming": "go_back() { exit 9; }"}[after]
    assert call(f'{last}; reopen_trial; go_back "it did not hold"').returncode == 9
    assert "way-back.held" in facts(call) or (machine / "state/good/armed").exists()
    done = call('reopen_trial; go_back "it did not hold"')
    assert done.stdout.endswith("went back to version 1.31.0\n"), done.stderr
    assert content(machine / "state/good/now") == "first"
    assert (machine / "certs/key.pem").read_text() == "the key of before"
    assert {path.name for path in (machine / "state/good").iterdir()} == {"now"}


def test_a_run_that_takes_up_one_that_was_killed_while_a_machine_went_back_confirms_its_own_change(
    machine: Path, call: Call
) -> None:
    held(machine, call)
    assert call("go_back() { exit 9; }; reopen_trial; go_back why").returncode == 9
    deliver(machine, "third")
    assert call("begin_trial").returncode == 0
    (machine / "work/held").touch()
    done = call("confirm_trial")
    assert done.returncode == 0, done.stderr
    good = machine / "state/good"
    assert (content(good / "now"), content(good / "former")) == ("third", "first")


def test_what_grew_too_old_is_not_gone_back_to(machine: Path, call: Call) -> None:
    held(machine, call)
    subprocess.run(["touch", "-d", "-7 hours", machine / "state/good/former"], check=True)
    assert facts(call) == {"way-back"}
    assert call('reopen_trial; go_back "it did not hold"').stdout == ""


def test_why_a_machine_could_not_go_back_is_told_to_the_run_too(machine: Path, call: Call) -> None:
    confirmed(machine, call)
    call("begin_trial")
    (machine / "fails").touch()
    done = call('go_back "its calls fail"')
    assert (done.returncode, done.stderr) == (1, "no disk\n")


def test_a_change_that_is_confirmed_too_late_says_which_time_was_too_short(machine: Path, call: Call) -> None:
    confirmed(machine, call)
    call('begin_trial; go_back "nobody confirmed"')
    work = machine / "work"
    (work / "confirm.sh").write_text((SCRIPTS / "way_back/confirm.sh").read_text())
    done = subprocess.run(["bash", work / "confirm.sh"], capture_output=True, text=True, check=False)
    assert done.returncode == 6
    assert "nobody confirmed" in done.stderr and "rollout.wayBackSeconds is too short" in done.stderr


def test_a_step_of_confirming_that_fails_is_no_success(machine: Path, call: Call) -> None:
    confirmed(machine, call)
    call("begin_trial")
    work = machine / "work"
    text = (SCRIPTS / "way_back/confirm.sh").read_text()
    (work / "confirm.sh").write_text(text.replace("\nconfirm_trial", "\nmv() { return 1; }\nconfirm_trial"))
    path = f"{machine}:/usr/sbin:/usr/bin:/bin"
    environment = {"PATH": path, "FOLDER": str(machine)}
    done = subprocess.run(["bash", work / "confirm.sh"], capture_output=True, check=False, env=environment)
    assert done.returncode != 0


def serving(machine: Path, before: str | None, answer: str, stubs: str = "") -> dict[str, str]:
    """What serving.sh prints where a call is answered so. before: what its file of that name says."""
    work = machine / "work"
    text = (SCRIPTS / "way_back/serving.sh").read_text()
    functions, main, rest = text.partition("\nserving() {")
    stubs += f'timeout() {{ echo "{answer}"; }}; statistics() {{ :; }}; systemctl() {{ :; }}'
    (work / "serving").write_text(f"{functions}\n{stubs}\n{main}{rest}")
    (work / "outward").write_text("10.77.0.200 15021 /healthz/ready\n")
    (work / "before").unlink(missing_ok=True)
    if before is not None:
        (work / "before").write_text(f"{before}\n")
    done = subprocess.run(["bash", work / "serving"], capture_output=True, text=True, check=False)
    (work / "before").unlink(missing_ok=True)
    assert done.returncode == 0, done.stderr
    return {line.split()[0]: base64.b64decode(line.split()[1]).decode() for line in done.stdout.splitlines()}


CALL = "call.from.10.77.0.200"


def test_a_run_that_takes_up_a_change_on_trial_hears_how_the_machine_served_before_it(
    machine: Path, call: Call
) -> None:
    confirmed(machine, call)
    assert serving(machine, "armed", "200")[CALL] == "200"
    call("begin_trial")
    assert serving(machine, None, "503")[CALL] == "503"
    assert serving(machine, "armed", "503")[CALL] == "200"
    call("confirm_trial")
    assert serving(machine, "armed", "503")[CALL] == "503"


def test_a_full_disk_keeps_nobody_from_telling_how_the_machine_serves(machine: Path, call: Call) -> None:
    confirmed(machine, call)
    assert serving(machine, "armed", "200", 'cp() { echo half >"$2"; return 1; }; ')[CALL] == "200"
    assert {path.name for path in (machine / "state/good").iterdir()} == {"now"}


def test_a_package_that_does_not_fit_on_the_disk_leaves_no_half_of_it_there(machine: Path, call: Call) -> None:
    confirmed(machine, call)
    done = call('mv() { cp "$1" "$2"; return 1; }; begin_trial')
    assert done.returncode == 5
    assert {path.name for path in (machine / "state/good").iterdir()} == {"now"}


def test_a_wave_hears_how_a_machine_served_before_the_change_that_has_to_hold(machine: Path, call: Call) -> None:
    confirmed(machine, call)
    assert serving(machine, "armed", "200")[CALL] == "200"
    call("begin_trial")
    (machine / "work/held").touch()
    call("confirm_trial")
    assert serving(machine, "former", "503")[CALL] == "200"
    call("forget_former")
    assert serving(machine, "former", "503")[CALL] == "503"


def test_requests_are_counted_beyond_two_to_the_power_of_31(machine: Path) -> None:
    text = (SCRIPTS / "way_back/serving.sh").read_text()
    counts = text[text.index("count_requests() {") :].partition("\n}\n")[0]
    stubs = 'statistics() { [[ $1 != *prometheus* ]] || echo "istio_requests_total{code=200} 3000000000"; }'
    asked = f"{stubs}\nfact() {{ cat; }}\n{counts}\n}}\ncount_requests"
    told = subprocess.run(["bash", "-c", asked], capture_output=True, text=True, check=True)
    assert told.stdout == "3000000000 0"
