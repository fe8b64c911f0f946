"""What a machine of Istio 1.1 to 1.4 has besides, put and looked at by the script's own functions."""

import base64
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from meshx.join.scripts_library import SCRIPTS

Run = Callable[..., str]
SCRIPTS_HERE = ("machine.sh", "proxy_user.sh", "folders.sh", "node_agent.sh", "envoy_readiness.sh")
OWNER = "daemon:daemon"

# Says what it is asked, and answers by files that tests write: state/<verb>/<unit>.
SYSTEMCTL = """
timeout() { shift; "$@"; }
runuser() { shift 3; "$@"; }
journalctl() {
  [[ " $* " != *" -n 500 "* ]] || cat "$work/journal-before" 2>/dev/null
  cat "$work/journal" 2>/dev/null
}
systemctl() {
  printf '%s\\n' "$*" >>"$work/systemctl.log"
  local verb=$1 unit=${!#}
  case $verb in
    is-enabled | is-active)
      [[ $2 = --quiet ]] || cat "$work/state/$verb/$unit" 2>/dev/null
      [[ -e $work/state/$verb/$unit ]]
      ;;
  esac
}
"""


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """The folder of a delivery, with the scripts in it."""
    for name in SCRIPTS_HERE:
        shutil.copy(SCRIPTS / name, tmp_path / name)
    return tmp_path


@pytest.fixture
def run(work: Path) -> Run:
    """Runs functions of the scripts; returns what they print."""

    def call(functions: str) -> str:
        sourced = " ".join(f". ./{name};" for name in SCRIPTS_HERE)
        header = f"{sourced} BEFORE={work}/before\n{SYSTEMCTL}\n"
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", header + functions],
            cwd=work,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return call


def asked(work: Path) -> list[str]:
    log = work / "systemctl.log"
    return log.read_text().splitlines() if log.exists() else []


def described(path: Path) -> tuple[str, str]:
    mode = f"0{path.stat().st_mode & 0o777:o}"
    return f"{path.owner()}:{path.group()}", mode


def test_a_delivery_that_asks_for_nothing_changes_and_says_nothing(run, work):
    assert run("place_folders; place_key_material; start_companions; companions_before; observe_modes") == ""
    assert run("observe_companions; stop_companions; resume_companions") == ""
    assert asked(work) == []


def test_folders_get_their_owner_and_mode_once(run, work):
    folder = work / "etc" / "certs"
    (work / "folders.tsv").write_text(f"{OWNER}\t0755\t{folder}\n")
    assert run("place_folders") == f"folder {folder}\n"
    assert described(folder) == (OWNER, "0755")
    assert run("place_folders") == ""


def test_key_material_is_placed_and_its_owners_are_put_right_without_its_content(run, work):
    key = work / "key.pem"
    (work / "identity").mkdir()
    (work / "identity" / "0").write_text("the key")
    (work / "identity.tsv").write_text(f"{OWNER}\t0600\t{key}\n")
    assert run("place_key_material") == f"file {key}\n"
    assert (key.read_text(), described(key)) == ("the key", (OWNER, "0600"))
    (work / "identity" / "0").unlink()
    key.chmod(0o644)
    assert run("place_key_material") == f"owner of {key}\n"
    assert (key.read_text(), described(key)) == ("the key", (OWNER, "0600"))
    assert run("place_key_material") == ""


def test_a_node_agent_is_enabled_and_started_and_left_alone_when_it_runs(run, work):
    (work / "companions").write_text("istio-auth-node-agent\n")
    run("start_companions")
    assert asked(work)[-3:] == [
        "enable --quiet istio-auth-node-agent",
        "is-active --quiet istio-auth-node-agent",
        "restart istio-auth-node-agent",
    ]
    for verb, answer in (("is-enabled", "enabled"), ("is-active", "active")):
        (work / "state" / verb).mkdir(parents=True)
        (work / "state" / verb / "istio-auth-node-agent").write_text(answer)
    assert run("start_companions") == ""
    (work / "identity").mkdir()
    (work / "identity" / "0").write_text("a new key")
    assert "unit istio-auth-node-agent started" in run("start_companions")


SENDING = "2020-03-01T12:00:00Z\tinfo\tSending CSR (retrial #0) ..."
APPROVED = "2020-03-01T12:00:01Z\tinfo\tCSR is approved successfully. Will renew cert in 1079h59m59.84568493s"
REFUSED = "2020-03-01T12:00:01Z\terror\tCSR signing failed: rpc error: code = Unavailable. Will retry in 1s"
NOT_APPROVED = "2020-03-01T12:00:01Z\terror\tCSR signing failed: request not approved. Will retry in 5s"
ENDED = (
    "2020-03-01T12:05:00Z\terror\tnode agent can't get the CSR approved from Istio CA after max number of retries (5)"
)
RECONNECTING = (
    '2020-03-01T12:00:00Z\tinfo\tgrpc: failed to connect. Err :connection error: desc = "EOF". Reconnecting...'
)


def test_a_node_agent_that_was_refused_is_started_again_and_one_that_was_not_is_left_alone(run, work):
    (work / "companions").write_text("istio-auth-node-agent\n")
    for verb, answer in (("is-enabled", "enabled"), ("is-active", "active")):
        (work / "state" / verb).mkdir(parents=True)
        (work / "state" / verb / "istio-auth-node-agent").write_text(answer)
    (work / "journal").write_text(f"{SENDING}\n{APPROVED}\n{SENDING}\n")
    assert run("start_companions") == ""
    (work / "journal").write_text(f"{SENDING}\n{APPROVED}\n{SENDING}\n{REFUSED}\n")
    assert run("start_companions") == "unit istio-auth-node-agent started\n"


def test_a_refusal_is_observed_and_an_approval_is_not_told(run, work):
    (work / "wanted").mkdir()
    (work / "wanted" / "companions").write_text("istio-auth-node-agent\n")
    (work / "journal").write_text(f"{SENDING}\n{APPROVED}\n{SENDING}\n{REFUSED}\n")
    assert facts(run("observe_companions"))["companion.0.refused"].startswith("CSR signing failed: ")
    (work / "journal").write_text(f"{SENDING}\n{REFUSED}\n{SENDING}\n{APPROVED}\n")
    assert "companion.0.refused" not in facts(run("observe_companions"))


def test_a_node_agents_word_of_its_certificate_is_waited_for_and_passed_on(run, work):
    (work / "companions.started").write_text("istio-auth-node-agent\n")
    (work / "journal").write_text(f"{SENDING}\n{APPROVED}\n")
    assert run("verify_companions") == (
        "istio-auth-node-agent: CSR is approved successfully. Will renew cert in 1079h59m59.84568493s\n"
    )


def test_what_an_agent_said_before_it_ended_and_was_started_anew_still_counts(run, work):
    (work / "wanted").mkdir()
    (work / "wanted" / "companions").write_text("istio-auth-node-agent\n")
    (work / "journal-before").write_text(f"{SENDING}\n{REFUSED}\n{SENDING}\n{ENDED}\n")
    (work / "journal").write_text("")
    assert facts(run("observe_companions"))["companion.0.refused"].startswith("CSR signing failed: rpc error")
    (work / "companions.started").write_text("istio-auth-node-agent\n")
    assert run("sleep() { :; }; (verify_companions) 2>&1 || echo status $?") == "it says nothing\nstatus 11\n"
    (work / "journal").write_text(f"{SENDING}\n{APPROVED}\n")
    assert "companion.0.refused" not in facts(run("observe_companions"))


@pytest.mark.parametrize(
    ("journal", "told"),
    [
        (f"{SENDING}\n{REFUSED}\n{SENDING}\n", "CSR signing failed: rpc error: code = Unavailable. Will retry in 1s\n"),
        (f"{SENDING}\n{NOT_APPROVED}\n", "CSR signing failed: request not approved. Will retry in 5s\n"),
        (
            f"{SENDING}\n{REFUSED}\n{RECONNECTING}\n{ENDED}\n",
            "CSR signing failed: rpc error: code = Unavailable. Will retry in 1s\n",
        ),
        (ENDED, "node agent can't get the CSR approved from Istio CA after max number of retries (5)\n"),
        (f"{SENDING}\n{APPROVED}\n{SENDING}\n{ENDED}\n", f"{ENDED.rpartition(chr(9))[2]}\n"),
        ("", "it says nothing\n"),
    ],
)
def test_a_node_agent_that_gets_no_certificate_ends_the_join_with_its_own_words(run, work, journal, told):
    (work / "companions.started").write_text("istio-auth-node-agent\n")
    (work / "journal").write_text(journal)
    ended = run("sleep() { :; }; (verify_companions) 2>&1 || echo status $?")
    assert ended == f"{told}status 11\n"


@pytest.mark.parametrize(
    ("before", "told"),
    [
        ("istio-auth-node-agent no no", ["disable --quiet", "stop", "reset-failed"]),
        ("istio-auth-node-agent enabled active", ["stop", "reset-failed", "restart --no-block"]),
    ],
)
def test_a_node_agent_becomes_what_it_was_before(run, work, before, told):
    (work / "before").mkdir()
    (work / "before" / "companions").write_text(f"{before}\n")
    run("stop_companions; resume_companions")
    assert asked(work) == [f"{words} istio-auth-node-agent" for words in told]


def test_what_was_before_is_kept_unit_by_unit(run, work):
    (work / "companions").write_text("istio-auth-node-agent\n")
    assert run("companions_before") == "istio-auth-node-agent no no\n"


def facts(printed: str) -> dict[str, str]:
    return {key: base64.b64decode(value).decode() for key, value in (line.split(" ") for line in printed.splitlines())}


def test_of_a_key_only_owner_and_mode_are_told(run, work):
    key = work / "key.pem"
    key.write_text("the key")
    key.chmod(0o600)
    (work / "wanted").mkdir()
    (work / "wanted" / "modes").write_text(f"{work}/absent\n{key}\n")
    assert facts(run("observe_modes")) == {"mode.1.owner": "root:root", "mode.1.mode": "0600"}


def envoy(statistics: str) -> str:
    """A function that answers for Envoy, in place of a port that tests can't have."""
    return f"timeout() {{ printf '%s' {statistics!r}; }}; envoy_readiness || true"


@pytest.mark.parametrize(
    ("statistics", "ready"),
    [
        ("cluster_manager.cds.update_success: 2\nlistener_manager.lds.update_success: 1\n", "200\n"),
        ("cluster_manager.cds.update_success: 2\nlistener_manager.lds.update_success: 0\n", ""),
        ("cluster_manager.cds.update_success: 0\nlistener_manager.lds.update_success: 1\n", ""),
        ("", ""),
    ],
)
def test_a_proxy_is_ready_once_it_took_clusters_and_listeners(run, statistics, ready):
    assert run(envoy(statistics).replace("\\n", "\n")) == ready


def settled(work: Path, name: str, settings: str = "[Service]\n") -> Path:
    """Write that a unit was not there before meshx and has settings of meshx now; returns their file."""
    (work / "before").mkdir()
    (work / "before" / "companions").write_text(f"{name} no no\n")
    file = work / "units" / f"{name}.service.d" / "meshx.conf"
    file.parent.mkdir(parents=True)
    file.write_text(settings)
    return file


PLACES = """
settings_file() { printf "%s/units/%s.service.d/meshx.conf" "$work" "$1"; }
upkeep_settings() { printf "%s/units/%s.service.d/meshx-upkeep.conf" "$work" "$1"; }
"""
RETIRE = f"{PLACES}retire_companions"


def test_a_node_agent_that_a_delivery_has_no_more_is_stopped_once_and_its_settings_go(run, work):
    file = settled(work, "istio-auth-node-agent")
    file.with_name("meshx-upkeep.conf").touch()
    assert run(RETIRE) == "unit istio-auth-node-agent stopped\n"
    assert asked(work) == [
        "disable --quiet istio-auth-node-agent",
        "stop istio-auth-node-agent",
        "reset-failed istio-auth-node-agent",
    ]
    assert not file.parent.exists()
    assert run(RETIRE) == ""
    assert len(asked(work)) == 3


def test_a_node_agent_that_a_delivery_names_is_left_alone(run, work):
    file = settled(work, "istio-auth-node-agent")
    (work / "companions").write_text("istio-auth-node-agent\n")
    assert run(RETIRE) == ""
    assert asked(work) == []
    assert file.exists()


def test_a_look_tells_which_node_agent_a_delivery_would_stop(run, work):
    settled(work, "istio-auth-node-agent")
    (work / "wanted").mkdir()
    told = run(f"{PLACES}observe_retiring").split()
    assert (told[0], base64.b64decode(told[1])) == ("retiring", b"istio-auth-node-agent")
    (work / "wanted" / "companions").write_text("istio-auth-node-agent\n")
    assert run(f"{PLACES}observe_retiring") == ""


def test_what_is_put_back_does_not_wait_for_a_citadels_word(run, work):
    (work / "companions.started").write_text("istio-auth-node-agent\n")
    (work / "goes-back").touch()
    assert run("verify_companions") == ""


def test_the_rules_of_ipv6_are_given_back_where_no_node_agent_runs_any_more(run, work):
    (work / "companions").write_text("istio-auth-node-agent\n")
    rules = work / "ipv6_rules_there.sh"
    rules.write_text('echo "$1" >>"$(dirname "$0")/asked"\n')
    call = "retire_ipv6_rules"
    script = work / "node_agent.sh"
    script.write_text(script.read_text().replace("readonly IPV6_RULES=$STATE/ipv6_rules.sh", f"IPV6_RULES={rules}"))
    run(call)
    assert rules.exists()
    (work / "companions").unlink()
    run(call)
    assert (work / "asked").read_text() == "give-back\n"
    assert not rules.exists()
