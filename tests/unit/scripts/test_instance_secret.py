"""An instance of Istio 1.1 to 1.4: its identity out of Citadel's Secret, by its scripts against stand-ins."""

import base64
import shutil
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from meshx.join.startup_script import SECRET_FILES
from tests.unit.scripts.google_stand_in import ACCESS_TOKEN, Google, Servers
from tests.unit.scripts.instance_stand_in import Instance, reach, stand_in_instance
from tests.unit.stand_ins.citadel_for_tests import VMHTTP, long_lived_authority, secret_data

NOW = datetime.now(timezone.utc)
DAY = timedelta(days=1)
ROOT = long_lived_authority(NOW - 30 * DAY, NOW + 3650 * DAY)
OTHER_ROOT = long_lived_authority(NOW - 31 * DAY, NOW + 3650 * DAY)
BETWEEN = long_lived_authority(NOW - 20 * DAY, NOW + 365 * DAY, signed_by=ROOT)
ENTRIES = ("cert-chain.pem", "key.pem", "root-cert.pem")
"""In the order of their paths."""


def secret(begins: datetime = NOW - DAY, ends: datetime = NOW + 89 * DAY, identity: str = VMHTTP) -> dict[str, str]:
    return secret_data(ROOT, identity=identity, begins=begins, ends=ends)


GOOD = secret()


def text(entry: str) -> str:
    return base64.b64decode(entry).decode()


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    """An instance for which Citadel has a Secret; its join keeps what it was given, and Envoy is ready."""
    google = Google(secret=dict(GOOD))
    made = stand_in_instance(tmp_path, google, "gce/secret_identity.sh", SECRET_FILES)
    servers = Servers(google, tmp_path / "work")
    reach(made)
    made.settings |= {"IDENTITY_SECRET": "istio.vmhttp", "SPIFFE_ID": VMHTTP}
    owners = "".join(f"istio-proxy:istio-proxy\t0600\t{tmp_path}/certs/{name}\n" for name in ENTRIES)
    (tmp_path / "work" / "identity.tsv").write_text(owners)
    made.script(
        "join.sh",
        'cd "$(dirname "$0")" && touch ../joined\n[[ ! -e identity ]] || { rm -rf ../given; mv identity ../given; }',
    )
    made.script("envoy_readiness.sh", "envoy_readiness() { echo 200; }")
    yield made
    servers.close()


def has(instance: Instance, data: dict[str, str]) -> None:
    """Give the machine key and certificates of its own."""
    for name in ENTRIES:
        (instance.folder / "certs" / name).write_text(text(data[name]))


def given(instance: Instance) -> list[str]:
    """What join.sh was given, in its order; nothing where it was given no identity."""
    folder = instance.folder / "given"
    return [(folder / str(number)).read_text() for number in range(3)] if folder.exists() else []


def test_an_instance_joins_by_the_secret_that_it_fetched_by_its_own_identity(instance: Instance) -> None:
    done = instance.run("startup.sh")
    assert done.returncode == 0, done.stderr
    assert given(instance) == [text(GOOD[name]) for name in ENTRIES]
    assert [one[:2] for one in instance.google.asked] == [("GET", "/api/v1/namespaces/vm/secrets/istio.vmhttp")]
    assert "this instance is in the mesh, as vm/vmhttp" in done.stdout


def test_key_and_certificates_are_in_files_of_root_alone_until_join_takes_them(instance: Instance) -> None:
    instance.script("join.sh", 'cd "$(dirname "$0")" && stat -c %a identity identity/* >../modes; ls >../left')
    instance.stub("stat", f'exec {shutil.which("stat")} "$@"')
    instance.stub("ls", f'exec {shutil.which("ls")} "$@"')
    assert instance.run("startup.sh").returncode == 0
    assert instance.read("modes").split() == ["700", "600", "600", "600"]
    assert "secret" not in instance.read("left").split()


def test_nothing_of_the_secret_stands_in_a_command_line_or_on_the_console(instance: Instance) -> None:
    # Each program's command line, as others on the machine may read it.
    for name in ("openssl", "base64", "grep", "date"):
        instance.stub(name, f'printf "%s\\n" "$*" >>"$ARGV_LOG"; exec {shutil.which(name)} "$@"')
    done = instance.run("startup.sh")
    assert "istio.vmhttp" in instance.command_lines
    assert "verify" in instance.command_lines
    lines = [line for name in ENTRIES for line in text(GOOD[name]).splitlines()]
    for told in (ACCESS_TOKEN, *GOOD.values(), *(line for line in lines if not line.startswith("-----"))):
        assert told not in instance.command_lines
        assert told not in done.stdout + done.stderr


def test_what_the_node_agent_renewed_is_left_alone_and_nobody_is_asked(instance: Instance) -> None:
    has(instance, secret(begins=NOW - 2 * DAY))
    instance.settings["API_SERVER"] = "https://127.0.0.1:1"
    done = instance.run("startup.sh")
    assert done.returncode == 0, done.stdout
    assert (given(instance), instance.google.asked) == ([], [])


@pytest.mark.parametrize(
    "found",
    [
        secret(begins=NOW - 90 * DAY, ends=NOW - DAY),
        secret(identity="spiffe://cluster.local/ns/vm/sa/of-the-image"),
        {**GOOD, "root-cert.pem": secret_data(OTHER_ROOT, begins=NOW, ends=NOW + DAY)["root-cert.pem"]},
        {**GOOD, "key.pem": secret()["key.pem"]},
    ],
    ids=["ended", "another's", "of another root", "another key"],
)
def test_what_is_of_no_use_is_replaced(instance: Instance, found: dict[str, str]) -> None:
    has(instance, found)
    assert instance.run("startup.sh").returncode == 0
    assert given(instance) == [text(GOOD[name]) for name in ENTRIES]


def test_a_certificate_by_an_authority_between_is_as_good(instance: Instance) -> None:
    instance.google.secret = secret_data(ROOT, begins=NOW - DAY, ends=NOW + 89 * DAY, intermediate=BETWEEN)
    done = instance.run("startup.sh")
    assert done.returncode == 0, done.stdout


def test_a_secret_that_is_still_to_come_is_waited_for_with_growing_pauses(instance: Instance) -> None:
    instance.google.secret = None
    coming = instance.folder / "coming"
    instance.stub("sleep", f'echo "$1" >>"$ARGV_LOG.sleep"; [[ $1 != 8 ]] || touch {coming}')
    instance.settings["LONGEST_PAUSE"] = "8"
    google = instance.google
    answer: Callable[..., tuple[int, dict[str, object]]] = google.api

    def api(*asked: object) -> tuple[int, dict[str, object]]:
        google.secret = dict(GOOD) if coming.exists() else None
        return answer(*asked)

    google.api = api  # pyright: ignore[reportAttributeAccessIssue]
    done = instance.run("startup.sh")
    assert done.returncode == 0
    assert done.stdout.count('answers 404: secrets "istio.vmhttp" not found: does Citadel run') == 4
    assert instance.read("argv.sleep").split() == ["1", "2", "4", "8"]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (secret(begins=NOW - 90 * DAY, ends=NOW - DAY), "cert-chain.pem ended 20"),
        (secret(ends=NOW + timedelta(minutes=10)), ", too soon to have it renewed"),
        (secret(begins=NOW + DAY), "which is still to come: compare the clocks"),
        (secret(identity="spiffe://cluster.local/ns/vm/sa/other"), f"is of {VMHTTP[:-6]}other, not of {VMHTTP}"),
        ({**GOOD, "key.pem": secret()["key.pem"]}, "key.pem is not the key of cert-chain.pem"),
        ({**GOOD, "key.pem": GOOD["root-cert.pem"]}, "key.pem holds no private key without a password"),
        ({**GOOD, "cert-chain.pem": GOOD["key.pem"]}, "cert-chain.pem holds no certificate"),
        (
            {**GOOD, "root-cert.pem": secret_data(OTHER_ROOT)["root-cert.pem"]},
            "is not signed by root-cert.pem: error 20 ",
        ),
        ({name: GOOD[name] for name in ENTRIES if name != "key.pem"}, "it has no key.pem"),
        ({**GOOD, "key.pem": "A"}, "key.pem is damaged"),
    ],
)
def test_a_secret_that_no_machine_can_join_by_is_told_and_nothing_is_touched(
    instance: Instance, data: dict[str, str], said: str
) -> None:
    instance.google.secret = data
    instance.stub("sleep", "kill $PPID")
    done = instance.run("startup.sh")
    assert done.returncode != 0
    assert "no instance can join by Secret vm/istio.vmhttp: " in done.stdout
    assert said in done.stdout
    assert "Delete it, and Citadel makes it anew; the next try is in 1 s" in done.stdout
    assert not (instance.folder / "joined").exists()
    assert not (instance.folder / "library").exists()
    assert not (instance.folder / "work" / "secret").exists()
    assert "PRIVATE" not in done.stdout + done.stderr


def test_a_secret_of_others_is_told(instance: Instance) -> None:
    instance.google.secret_type = "Opaque"
    instance.stub("sleep", "kill $PPID")
    assert "of another type than istio.io/key-and-cert" in instance.run("startup.sh").stdout


def test_anothers_secret_is_refused_by_the_api_server_and_told(instance: Instance) -> None:
    instance.google.refused = "istio.vmhttp"
    instance.stub("sleep", "kill $PPID")
    assert "answers 403: " in instance.run("startup.sh").stdout


def test_an_image_without_openssl_is_told(instance: Instance) -> None:
    (instance.folder / "bin" / "openssl").unlink()
    instance.stub("sleep", "kill $PPID")
    assert "the image has no openssl" in instance.run("startup.sh").stdout


def test_a_node_agent_that_is_refused_has_the_secret_fetched_anew(instance: Instance) -> None:
    has(instance, secret(begins=NOW - 2 * DAY))
    instance.script(
        "join.sh",
        'cd "$(dirname "$0")"; [[ -e check-only || -e identity ]] && exit; echo "CSR signing failed" >&2; exit 11',
    )
    done = instance.run("startup.sh")
    assert done.returncode == 0, done.stdout
    assert "meshx: CSR signing failed\nmeshx: join.sh ended with 11" in done.stdout
    assert len(instance.google.asked) == 1


def test_a_proxy_that_does_not_get_ready_has_the_secret_fetched_anew(instance: Instance) -> None:
    has(instance, secret(begins=NOW - 2 * DAY))
    (instance.folder / "istio.log").write_text("error: cannot reach Pilot\n")
    instance.script("envoy_readiness.sh", "envoy_readiness() { [[ -e $work/../given ]] && echo 200; }")
    instance.stub("sleep", f"exec {shutil.which('sleep')} 0.1")
    done = instance.run("startup.sh")
    assert done.returncode == 0
    assert "is not ready after 1 s; its last words: error: cannot reach Pilot" in done.stdout
    assert given(instance) == [text(GOOD[name]) for name in ENTRIES]


def test_no_timer_renews_a_token_and_the_metadata_is_followed(instance: Instance) -> None:
    instance.run("startup.sh")
    assert "enable --quiet --now meshx-follow.timer" in instance.read("argv.systemctl")
    assert sorted(one.name for one in (instance.folder / "units").iterdir()) == [
        "meshx-follow.service",
        "meshx-follow.timer",
        "meshx-stop-serving.service",
    ]
    assert not (instance.folder / "library" / "renew_token.sh").exists()


def test_an_image_of_a_joined_instance_gets_what_citadel_has(instance: Instance) -> None:
    has(instance, GOOD)
    instance.run("startup.sh")
    assert not (instance.folder / "given").exists()
    instance.google.instance_id = "4712"
    done = instance.run("startup.sh")
    assert "this disk is of instance 4711, and this is 4712" in done.stdout
    assert (instance.folder / "given" / "1").read_text() == text(GOOD["key.pem"])
