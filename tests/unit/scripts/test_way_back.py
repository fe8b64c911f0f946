"""A delivery on trial, the switch that undoes it, and what a machine goes back to (meshx/scripts/way_back)."""

from __future__ import annotations

import hashlib
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from meshx.join.scripts_library import SCRIPTS

SYSTEMCTL = """\
echo "$*" >>"$FOLDER/systemctl.log"
case "$*" in
  *ActiveEnterTimestamp*) echo "ActiveEnterTimestamp=$(cat "$FOLDER/began")" ;;
  is-active*) [[ -e $FOLDER/active ]] ;;
esac
"""
# What join.sh has, as far as this looks at it.
JOIN = """\
unit=istio PACKAGE_FILE=$work/disk/package wanted_sha256=$(cut -d ' ' -f 2 "$work/package")
package_is_wanted() { [[ -e $FOLDER/package-wanted ]]; }
started_mark() { echo "${MARK-as before}"; }
began_with_another() { false; }
unit_settings() { :; }
only_files_moved() { true; }
place() { cp "$3" "$4"; }
package_size() { echo 1024; }
df() { printf 'Filesystem\\nx x x %s\\n' "$FREE"; }
"""
UNDO = 'ls "$(dirname "$0")" >"$FOLDER/undone-with"\n[[ ! -e $FOLDER/fails ]] || { echo no disk; exit 1; }\n'
SCRIPTS_OF_THE_WAY_BACK = (
    "machine.sh",
    "lock.sh",
    "proxy_user.sh",
    "way_back/way_back.sh",
    "way_back/going_back.sh",
    "way_back/back.sh",
)
Call = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A machine that has joined, and a delivery to it."""
    for name, text in {"systemctl": SYSTEMCTL, "systemd-cat": 'shift 4; "$@" >>"$FOLDER/log"\n', "sync": ""}.items():
        (tmp_path / name).write_text(f"#!/bin/bash\n{text}")
        (tmp_path / name).chmod(0o755)
    for name in ("work/files", "work/identity", "disk", "units", "state", "run", "certs"):
        (tmp_path / name).mkdir(parents=True)
    for name in (*SCRIPTS_OF_THE_WAY_BACK, "way_back/meshx-back.timer"):
        text = (SCRIPTS / name).read_text()
        for place, here in (
            ("/var/lib/systemd", "stamps"),
            ("/var/lib/meshx", "state"),
            ("/etc/systemd/system", "units"),
            ("/etc/certs", "certs"),
            ("/run/meshx.", "run/meshx."),
        ):
            text = text.replace(place, str(tmp_path / here))
        text = text.replace("PATH=/usr/", f"PATH={tmp_path}:/usr/")
        (tmp_path / "work" / Path(name).name).write_text(text)
    deliver(tmp_path, "first")
    (tmp_path / "state/started").write_text("as before\n")
    (tmp_path / "state/package").write_text("sum 1.31.0 mark\n")
    for name in ("active", "package-wanted"):
        (tmp_path / name).touch()
    (tmp_path / "began").write_text("2020-01-01 00:00:00 UTC\n")
    return tmp_path


def deliver(folder: Path, content: str, *flags: str) -> None:
    """Put a delivery there, with its package on the disk."""
    work, package = folder / "work", folder / "disk/package"
    # What a run writes beside its delivery goes with it.
    for written in (package, *(work / name for name in ("unit-settings", "back.timer", "differs", "held"))):
        written.unlink(missing_ok=True)
    package.write_text(f"package {content}\n")
    if not (work / "disk").exists():
        (work / "disk").symlink_to(folder / "disk")
    files = {
        "script": UNDO,
        "files/0": content,
        "files.tsv": "root:root\t0644\t/etc/istio/config/mesh\n",
        "unit": "istio\n",
        "package": f"istio-sidecar {hashlib.sha256(package.read_bytes()).hexdigest()}\n",
        "meshx-back.service": "[Service]\n",
        "token": "secret",
        "identity/0": "secret",
        "way-back": "600\n",
        **dict.fromkeys(flags, ""),
    }
    for name, text in files.items():
        (work / name).write_text(text)


@pytest.fixture
def call(machine: Path) -> Call:
    """Calls functions of the scripts, as join.sh does."""

    def run(functions: str, mark: str = "as before", free: int = 10**9) -> subprocess.CompletedProcess[str]:
        text = (
            f"set -euo pipefail; cd {machine}/work; . ./machine.sh; . ./proxy_user.sh; . ./way_back.sh; {JOIN}\n"
            f"{functions}"
        )
        environment = {
            "PATH": f"{machine}:/usr/sbin:/usr/bin:/bin",
            "FOLDER": str(machine),
            "MARK": mark,
            "FREE": str(free),
        }
        return subprocess.run(["bash", "-c", text], env=environment, capture_output=True, text=True, check=False)

    return run


def confirmed(machine: Path, call: Call) -> None:
    """Bring in the first delivery and confirm it, then deliver a second."""
    assert call("begin_trial; confirm_trial").returncode == 0
    deliver(machine, "second")


def test_a_first_delivery_is_kept_without_its_secrets_and_arms_nothing(machine: Path, call: Call) -> None:
    done = call("begin_trial")
    assert (done.returncode, done.stdout) == (0, "")
    kept = machine / "state/good/next"
    assert {path.name for path in kept.rglob("*") if path.is_file()} >= {"0", "script", "package", "way_back.sh"}
    assert not [path for path in kept.rglob("*") if path.is_file() and path.read_text() == "secret"]
    assert (kept / "disk/package").read_text() == "package first\n"
    assert not (machine / "state/good/armed").exists()


def test_another_delivery_is_armed_before_anything_changes(machine: Path, call: Call) -> None:
    confirmed(machine, call)
    done = call("begin_trial")
    assert done.stdout.startswith("goes back by itself at "), done.stderr
    since, until = map(int, (machine / "state/good/armed").read_text().split()[:2])
    assert abs(since - time.time()) < 10
    assert until - since == 600
    timer = (machine / "units/meshx-back.timer").read_text()
    moment = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(until))
    assert timer.endswith(f"OnActiveSec=600\nOnCalendar={moment}\n")
    assert "Persistent=true" in timer
    assert (machine / "systemctl.log").read_text().splitlines()[-2:] == [
        "enable --quiet meshx-back.timer",
        "restart meshx-back.timer",
    ]


def test_the_same_delivery_again_arms_nothing(machine: Path, call: Call) -> None:
    confirmed(machine, call)
    deliver(machine, "first")
    assert call("begin_trial").stdout == ""


@pytest.mark.parametrize("restarts", [True, False])
def test_nothing_is_armed_nor_changed_while_a_restart_has_to_wait(machine: Path, call: Call, restarts: bool) -> None:
    confirmed(machine, call)
    deliver(machine, "second", "hold-restart")
    done = call("begin_trial; echo goes on", mark="another" if restarts else "as before")
    assert ("goes on" in done.stdout, "restart waits" in done.stdout) == (not restarts, restarts)
    assert (machine / "state/good/armed").exists() == (not restarts)


@pytest.mark.parametrize("content", ["second", "first"], ids=["another delivery", "the same, which restarts"])
def test_the_switch_is_armed_before_callers_are_told_of_a_restart(machine: Path, call: Call, content: str) -> None:
    confirmed(machine, call)
    deliver(machine, content, "hold-restart", "has-turn")
    done = call("begin_trial; echo goes on", mark="another")
    assert done.stdout.splitlines()[-1] == "restart waits"
    assert (machine / "state/good/armed").read_text().split()[2] == "yes", "only a restart brings callers back"
    (machine / "work/has-turn").unlink()
    (machine / "work/hold-restart").unlink()
    call("begin_trial", mark="another")
    assert call('go_back "nobody confirmed"').stdout == "went back to version 1.31.0\n"
    assert "restart" in (machine / "undone-with").read_text().split()


def test_a_package_that_stayed_from_a_held_run_is_taken_from_there(machine: Path, call: Call) -> None:
    confirmed(machine, call)
    deliver(machine, "second", "hold-restart")
    call("begin_trial", mark="another")
    (machine / "disk/package").unlink()
    assert call('take_kept_package; cat "$PACKAGE_FILE"').stdout == "package second\n"


def test_a_later_run_gets_its_own_time_and_keeps_what_was_before(machine: Path, call: Call) -> None:
    confirmed(machine, call)
    call("begin_trial")
    armed = machine / "state/good/armed"
    armed.write_text("1000 1600 yes\n")
    deliver(machine, "third")
    call("begin_trial")
    since, until = map(int, armed.read_text().split()[:2])
    assert (since, armed.read_text().split()[2]) == (1000, "yes")
    assert until > time.time() + 500
    assert (machine / "state/good/now/files/0").read_text() == "first"


def test_going_back_runs_the_good_delivery_and_says_why(machine: Path, call: Call) -> None:
    confirmed(machine, call)
    call("begin_trial")
    (machine / "began").write_text("2099-01-01 00:00:00 UTC\n")
    done = call('go_back "nobody confirmed"')
    assert done.stdout == "went back to version 1.31.0\n", done.stderr
    ran_with = (machine / "undone-with").read_text().split()
    assert {"goes-back", "restart", "disk"} <= set(ran_with)
    assert not {"token", "way-back", "hold-restart"} & set(ran_with)
    undone = (machine / "state/undone").read_text()
    assert undone.endswith("with the package of version 1.31.0: nobody confirmed\n")
    assert undone in (machine / "log").read_text()
    assert not (machine / "state/good/armed").exists()
    assert not (machine / "state/good/next").exists()
    assert not list((machine / "units").iterdir())
    assert not list((machine / "run").iterdir())
    assert call("confirm_trial").returncode == 1


@pytest.mark.parametrize("knows_marks", [True, False])
def test_the_scripts_of_the_delivery_on_trial_put_back_what_an_earlier_meshx_delivered(
    machine: Path, call: Call, knows_marks: bool
) -> None:
    confirmed(machine, call)
    now, mark = machine / "state/good/now", machine / "state/joined-by"
    (now / "way_back.sh").write_text("go_back() { exit 7; }\n")
    if knows_marks:
        (now / "joined_by.sh").touch()
    mark.write_text("meshx/new uid-2\n")
    call("begin_trial")
    unit = (SCRIPTS / "way_back/meshx-back.service").read_text()
    path = unit.partition("ExecStart=/bin/bash ")[2].splitlines()[0].replace("/var/lib/meshx", f"{machine}/state")
    Path(path).with_name("lock.sh").write_text("take_lock() { :; }; forget_lock() { :; }")
    done = call(f"exec bash {path}")
    assert done.stdout == "went back to version 1.31.0\n", done.stderr
    assert mark.exists() == knows_marks, "a delivery that knows marks sees to its own"
    assert {one.name for one in (machine / "state/good").iterdir()} == {"now"}


def test_a_node_agent_gets_the_key_material_of_before(machine: Path, call: Call) -> None:
    confirmed(machine, call)
    (machine / "work/identity.tsv").write_text("istio-proxy:istio-proxy\t0600\t/etc/certs/key.pem\n")
    call("begin_trial")
    kept = machine / "state/good/certificates"
    kept.mkdir(exist_ok=True)
    (kept / "key.pem").write_text("the key of before")
    (machine / "state/good/now/identity.tsv").write_text((machine / "work/identity.tsv").read_text())
    given = 'bash() { cat "${1%/*}/identity/0" >"$FOLDER/given"; }; timeout() { shift 3; "$@"; }'
    done = call(f"put_certificates_back() {{ true; }}; {given}; go_back why")
    assert done.returncode == 0, done.stderr
    assert (machine / "given").read_text() == "the key of before"


@pytest.mark.parametrize("told", [True, False])
def test_a_sidecar_that_was_not_started_since_is_restarted_if_its_callers_were_told_of_it(
    machine: Path, call: Call, told: bool
) -> None:
    confirmed(machine, call)
    call("begin_trial", mark="another" if told else "as before")
    call('go_back "nobody confirmed"')
    assert ("restart" in (machine / "undone-with").read_text().split()) == told


def test_one_that_cannot_go_back_stays_armed_and_says_so(machine: Path, call: Call) -> None:
    confirmed(machine, call)
    call("begin_trial")
    (machine / "fails").touch()
    assert call('go_back "nobody confirmed"').returncode == 1
    assert "it could not go back, and tries again: no disk" in (machine / "log").read_text()
    assert (machine / "state/good/armed").exists()
    (machine / "fails").unlink()
    assert call('go_back "nobody confirmed"').returncode == 0


def test_what_is_confirmed_is_what_the_machine_goes_back_to(machine: Path, call: Call) -> None:
    confirmed(machine, call)
    call("begin_trial")
    assert call("confirm_trial").returncode == 0
    assert (machine / "state/good/now/files/0").read_text() == "second"
    assert (machine / "state/good/now/disk/package").read_text() == "package second\n"
    assert {path.name for path in (machine / "state/good").iterdir()} == {"now"}
    assert call('go_back "too late"').stdout == ""


def held(machine: Path, call: Call) -> None:
    """Bring in a second delivery and confirm it for those who watch it; its certificate is another one."""
    confirmed(machine, call)
    owned = 'stat() { echo "istio-proxy:istio-proxy 0600"; }; plain() { cat "$1"; }'
    (machine / "certs/key.pem").write_text("the key of before")
    assert call(f"{owned}; begin_trial").returncode == 0
    (machine / "certs/key.pem").write_text("another key")
    (machine / "work/held").touch()
    done = call("confirm_trial")
    assert done.returncode == 0, done.stderr


def facts(call: Call) -> set[str]:
    """Keys of what a look at the machine finds of the way back."""
    return {line.split()[0] for line in call("observe_way_back").stdout.splitlines()}


def test_what_others_watch_may_be_undone_though_it_is_confirmed(machine: Path, call: Call) -> None:
    held(machine, call)
    assert facts(call) == {"way-back", "way-back.held"}
    assert not (machine / "state/good/armed").exists()
    done = call('reopen_trial; go_back "it did not hold"')
    assert done.stdout.endswith("went back to version 1.31.0\n"), done.stderr
    assert "goes back by itself at " in done.stdout, "if it is cut off meanwhile"
    assert (machine / "state/good/now/files/0").read_text() == "first"
    assert "restart" in (machine / "undone-with").read_text().split()
    assert (machine / "certs/key.pem").read_text() == "the key of before"
    assert (machine / "state/undone").read_text().endswith(": it did not hold\n")
    assert {path.name for path in (machine / "state/good").iterdir()} == {"now"}


def test_what_has_held_is_not_undone_any_more(machine: Path, call: Call) -> None:
    held(machine, call)
    assert call("forget_former").returncode == 0
    assert facts(call) == {"way-back"}
    assert call('reopen_trial; go_back "too late"').stdout == ""
    assert {path.name for path in (machine / "state/good").iterdir()} == {"now"}


def test_the_same_delivery_once_more_leaves_what_was_before_alone(machine: Path, call: Call) -> None:
    held(machine, call)
    deliver(machine, "second")
    assert call("begin_trial; confirm_trial").stdout == ""
    assert (machine / "state/good/former/files/0").read_text() == "first"


@pytest.mark.parametrize("seconds", ["600", "0"], ids=["another change", "another machine"])
def test_what_was_before_goes_with_the_next_change_and_never_to_another_machine(
    machine: Path, call: Call, seconds: str
) -> None:
    held(machine, call)
    deliver(machine, "third")
    (machine / "work/way-back").write_text(f"{seconds}\n")
    assert call("begin_trial").returncode == 0
    assert not (machine / "state/good/former").exists()
    assert not (machine / "state/good/former-certificates").exists()


def test_a_machine_without_anything_before_stays_as_it_is(machine: Path, call: Call) -> None:
    confirmed(machine, call)
    assert call('reopen_trial; go_back "it did not hold"').stdout == ""


def test_a_way_back_that_is_not_wanted_any_more_goes(machine: Path, call: Call) -> None:
    confirmed(machine, call)
    call("begin_trial")
    (machine / "work/way-back").unlink()
    assert call("begin_trial").stdout == "no way back\n"
    assert not (machine / "state/good").exists()
    assert not list((machine / "units").iterdir())


def test_a_delivery_that_is_put_back_leaves_the_way_back_alone(machine: Path, call: Call) -> None:
    confirmed(machine, call)
    (machine / "work/way-back").unlink()
    (machine / "work/goes-back").touch()
    assert call("begin_trial").stdout == ""
    assert (machine / "state/good/now").exists()


def test_too_little_space_for_two_packages_is_refused_with_figures(machine: Path, call: Call) -> None:
    done = call("check_way_back", free=5 * 1024)
    assert done.stderr.startswith("problem: only 5 MiB are free under /var/lib and 17 are needed, since the package of")
    assert call("check_way_back").stderr == ""


def with_files(machine: Path, folder: Path, *paths: str) -> None:
    """Have a delivery, or what is kept of one, bring files of these paths."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "files.tsv").write_text("".join(f"root:root\t0644\t{path}\n" for path in paths))


def test_what_the_undone_delivery_of_another_line_brought_goes_or_becomes_what_it_was_before(
    machine: Path, call: Call
) -> None:
    confirmed(machine, call)
    call("begin_trial")
    both, new, older, root = (
        str(machine / f"etc/{name}") for name in ("cluster.env", "mesh", "ca-root.pem", "root-cert.pem")
    )
    with_files(machine, machine / "state/good/now", both)
    with_files(machine, machine / "state/good/next", both, new, older, root)
    (machine / "state/good/now/identity.tsv").write_text(f"istio-proxy:istio-proxy\t0644\t{root}\n")
    (machine / "etc").mkdir()
    for path in (both, new, older, root):
        Path(path).write_text("of the new mesh")
    kept = Path(f"{machine}/state/before/kept{older}")
    kept.parent.mkdir(parents=True)
    kept.write_text("of an administrator")
    asked = 'settle() { settled=$1; }; as_proxy() { echo "$*" >>"$FOLDER/as-proxy"; }'
    done = call(f'{asked}; go_back "nobody confirmed"')
    assert done.returncode == 0, done.stderr
    assert Path(both).read_text() == "of the new mesh", "the delivery that is put back writes it"
    assert Path(root).exists(), "Citadel's key material has it in a list of its own"
    assert not Path(new).exists()
    assert Path(older).read_text() == "of an administrator"
    assert (machine / "as-proxy").read_text() == "rm -f /var/run/secrets/tokens/istio-token\n"


def test_a_machine_that_goes_back_within_its_line_keeps_its_token(machine: Path, call: Call) -> None:
    confirmed(machine, call)
    call("begin_trial")
    done = call('as_proxy() { echo "$*" >>"$FOLDER/as-proxy"; }; go_back "nobody confirmed"')
    assert done.returncode == 0, done.stderr
    assert not (machine / "as-proxy").exists()
