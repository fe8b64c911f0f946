"""A machine over SSH that renews its token itself: what is put there, looked at and taken away."""

import base64
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from meshx.istio.machine_paths import TOKEN
from meshx.join.scripts_library import SCRIPTS
from meshx.join.token_renewal import WITHOUT_STARTUP_SCRIPT, renewal_checksums, renewal_files
from tests.unit.stand_ins.certificates_for_tests import authority

RENEWAL = {
    "server": "https://10.0.0.2:443",
    "certificateAuthority": "CERTIFICATE\n",
    "namespace": "vm",
    "account": "vmhttp",
    "audience": "istio-ca",
    "seconds": 3600,
    "state": "in place",
}
UNITS = ("meshx-token.service", "meshx-token.service.d", "meshx-token.timer", "meshx-token.timer.d")
Run = Callable[[str], str]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs functions of the script; returns what they print. systemctl says what it is asked."""
    for name in ("state", "units", "wanted"):
        (tmp_path / name).mkdir()
    systemctl = (
        'systemctl() { echo "$*" >>systemctl.log; case $1 in is-*) [[ -e running ]] ;; restart) touch running ;; '
        'disable) rm -f running ;; esac; }\ntimeout() { shift; "$@"; }\n'
    )
    machine = (SCRIPTS / "machine.sh").read_text().replace("STATE=/var/lib/meshx", f"STATE={tmp_path}/state")
    machine = machine.replace('work=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")', f"work={tmp_path}")
    renewal = (SCRIPTS / "token_renewal.sh").read_text()
    renewal = renewal.replace("=/usr/local/lib/meshx", f"={tmp_path}/library")
    renewal = renewal.replace("=/etc/systemd/system", f"={tmp_path}/units")

    def call(functions: str) -> str:
        text = f"{machine}\n{(SCRIPTS / 'proxy_user.sh').read_text()}\n{renewal}\n{systemctl}"
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", text + functions],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return call


@pytest.fixture
def wanted(tmp_path: Path, run: Run) -> None:
    """What is delivered to a machine that is to renew its token."""
    (tmp_path / "renewal").mkdir()
    for name, text in renewal_files(RENEWAL).items():
        (tmp_path / "renewal" / name).write_text(text)
    (tmp_path / "wanted" / "renewal").write_text(renewal_checksums(RENEWAL))


def seen(printed: str) -> str:
    """What a look found."""
    _, _, value = printed.strip().partition(" ")
    return base64.b64decode(value).decode()


@pytest.mark.usefixtures("wanted")
def test_scripts_settings_and_timer_are_put_there_once(tmp_path: Path, run: Run) -> None:
    assert run("place_renewal") == "the token renews itself\n"
    assert {one.name for one in (tmp_path / "library").iterdir()} == {
        *("api-server-ca.pem", "cluster_access.env", "cluster_access.sh", "ended_certificate.sh"),
        *("renew_token.sh", "token_request.sh"),
    }
    assert {one.name for one in (tmp_path / "units").iterdir()} == set(UNITS)
    assert "OnUnitInactiveSec=1200" in (tmp_path / "units" / "meshx-token.timer.d" / "interval.conf").read_text()
    assert run("place_renewal") == ""
    assert seen(run("observe_renewal")) == "in place"


@pytest.mark.usefixtures("wanted")
def test_a_file_that_was_changed_is_seen_and_put_right(tmp_path: Path, run: Run) -> None:
    run("place_renewal")
    (tmp_path / "library" / "renew_token.sh").write_text("exit 0\n")
    assert seen(run("observe_renewal")) == "renew_token.sh is missing or changed"
    assert run("place_renewal") == "the token renews itself\n"
    assert seen(run("observe_renewal")) == "in place"


@pytest.mark.usefixtures("wanted")
def test_a_timer_that_was_stopped_is_seen_and_started(tmp_path: Path, run: Run) -> None:
    run("place_renewal")
    (tmp_path / "running").unlink()
    assert seen(run("observe_renewal")) == "meshx-token.timer does not run"
    assert run("place_renewal") == "the token renews itself\n"


@pytest.mark.usefixtures("wanted")
def test_what_is_wanted_no_more_is_seen_and_goes(tmp_path: Path, run: Run) -> None:
    run("place_renewal")
    (tmp_path / "wanted" / "renewal").unlink()
    (tmp_path / "renewal").rename(tmp_path / "elsewhere")
    assert seen(run("observe_renewal")) == "not wanted"
    assert run("place_renewal") == "the token renews itself no more\n"
    assert list((tmp_path / "units").iterdir()) == []
    assert not (tmp_path / "library").exists()
    assert run("place_renewal; observe_renewal") == ""


OWN, ANOTHER = authority(), authority()
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("ends", "roots", "given_up"),
    [
        (-DAY, OWN.pem, True),
        (DAY, OWN.pem, False),
        (DAY, ANOTHER.pem + OWN.pem, False),
        (DAY, ANOTHER.pem, True),
        # As the agent writes them.
        (DAY, ANOTHER.pem + OWN.pem.rstrip(), False),
        (DAY, ANOTHER.pem.rstrip(), True),
        (DAY, "", False),
    ],
)
def test_a_certificate_that_has_ended_or_whose_root_is_gone_is_given_up_once_the_token_is_fresh(
    tmp_path: Path, ends: timedelta, roots: str, given_up: bool
) -> None:
    files = {"CERTIFICATE_FILE": tmp_path / "cert-chain.pem", "ROOT_FILE": tmp_path / "root-cert.pem"}
    (tmp_path / "cluster_access.env").write_text("".join(f"{name}={path}\n" for name, path in files.items()))
    if roots:
        files["ROOT_FILE"].write_text(roots)
    # An agent's chain ends with the roots that it had then.
    files["CERTIFICATE_FILE"].write_bytes(OWN.sign("spiffe://cluster.local/ns/vm/sa/vmhttp", ends))
    (tmp_path / "key.pem").write_text("a key")
    (tmp_path / "systemctl").write_text(f'#!/bin/sh\necho "$*" >>{tmp_path}/asked\n')
    (tmp_path / "runuser").write_text('#!/bin/sh\nshift 3; exec "$@"\n')
    for program in ("systemctl", "runuser"):
        (tmp_path / program).chmod(0o755)
    script = shutil.copy(SCRIPTS / "ended_certificate.sh", tmp_path)
    path = f"{tmp_path}:{os.environ['PATH']}"
    subprocess.run(["bash", script], env={"PATH": path}, capture_output=True, check=True)
    assert (tmp_path / "asked").exists() is given_up
    assert [(tmp_path / name).exists() for name in ("cert-chain.pem", "key.pem")] == [not given_up] * 2


def test_every_setting_that_the_scripts_ask_for_is_there() -> None:
    files = renewal_files(RENEWAL)
    said = {line.partition("=")[0] for line in files["cluster_access.env"].splitlines()}
    scripts = "".join(text for name, text in files.items() if name.endswith(".sh"))
    asked = set(re.findall(r"\$\{?([A-Z][A-Z_]{3,})\b", scripts)) - {"BASH_REMATCH", "BASH_SOURCE"}
    # The other way to the API server is an instance's alone.
    assert asked - {"API_SERVER_CONNECT_TO"} == said - {"LONGEST_PAUSE"}
    assert "LONGEST_PAUSE ?" in scripts


def test_the_tokens_folder_which_a_boot_takes_away_is_made_before_each_renewal() -> None:
    made = [line.split()[-1] for line in WITHOUT_STARTUP_SCRIPT.splitlines() if line.startswith("ExecStartPre=")]
    folder = Path(TOKEN).parent
    assert made == [str(folder.parent), str(folder)]
    # The proxy may make a link of the second name, and root would follow it.
    assert f"ExecStartPre=/usr/bin/install -d -m 0700 {folder}\n" in WITHOUT_STARTUP_SCRIPT


def test_an_instance_that_joins_by_itself_keeps_its_own(tmp_path: Path, run: Run) -> None:
    (tmp_path / "library").mkdir()
    (tmp_path / "units" / "meshx-token.timer").touch()
    assert run("place_renewal; observe_renewal") == ""
    assert (tmp_path / "library").exists()
    assert (tmp_path / "units" / "meshx-token.timer").exists()
