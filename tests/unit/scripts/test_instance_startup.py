"""An instance that joins by itself: its scripts against a stand-in metadata server and API server."""

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from meshx.join.startup_script import TOKEN_FILES
from tests.unit.scripts.google_stand_in import ACCESS_TOKEN, ROOT, TOKEN, Google, Servers
from tests.unit.scripts.instance_stand_in import PACKAGE, Instance, reach, stand_in_instance


@pytest.fixture
def google() -> Google:
    return Google()


@pytest.fixture
def instance(tmp_path: Path, google: Google) -> Iterator[Instance]:
    """An instance whose join succeeds; tests change what they are about."""
    made = stand_in_instance(tmp_path, google, "gce/token_identity.sh", TOKEN_FILES)
    servers = Servers(google, tmp_path / "work")
    reach(made)
    made.settings |= {
        "TOKEN_AUDIENCE": "istio-ca",
        "TOKEN_SECONDS": "3600",
        "TOKEN_FILE": str(tmp_path / "tokens" / "istio-token"),
        "ROOT_FILE": str(tmp_path / "certs" / "root-cert.pem"),
        # Ready as soon as the metadata server answers, which it does.
        "READINESS": f"http://127.0.0.1:{google.metadata_port}/package",
    }
    made.script(
        "join.sh", 'cd "$(dirname "$0")" && cat token >../token-seen; cat files/0 >../root-seen; echo "unit started"'
    )
    yield made
    servers.close()


def test_an_instance_joins_with_a_token_and_a_root_certificate_that_it_fetched(instance: Instance) -> None:
    done = instance.run("startup.sh")
    assert done.returncode == 0, done.stderr
    assert instance.read("token-seen") == f"{TOKEN}\n"
    assert instance.read("root-seen") == ROOT
    assert "meshx: unit started\n" in done.stdout
    assert "this instance is in the mesh, as vm/vmhttp" in done.stdout
    ((method, path, body),) = [one for one in instance.google.asked if one[1].endswith("/token")]
    assert (method, path) == ("POST", "/api/v1/namespaces/vm/serviceaccounts/vmhttp/token")
    assert body["spec"] == {"audiences": ["istio-ca"], "expirationSeconds": 3600}


def test_an_image_of_a_joined_instance_gets_a_key_of_its_own_and_that_once(instance: Instance) -> None:
    instance.script("join.sh", 'cd "$(dirname "$0")" && printf "%s" reset-cert* >../reset')
    instance.run("startup.sh")
    assert instance.read("reset") == "reset-cert*"
    assert instance.read("library/instance-id") == "4711\n"
    instance.google.instance_id = "4712"
    done = instance.run("startup.sh")
    assert "meshx: this disk is of instance 4711, and this is 4712: it gets a key of its own\n" in done.stdout
    assert instance.read("reset") == "reset-certificate"
    instance.run("startup.sh")
    assert instance.read("reset") == "reset-cert*"


def test_no_token_stands_in_a_command_line_or_on_the_console(instance: Instance) -> None:
    done = instance.run("startup.sh")
    assert "configmaps/istio-ca-root-cert" in instance.command_lines
    for secret in (ACCESS_TOKEN, TOKEN):
        assert secret not in instance.command_lines
        assert secret not in done.stdout + done.stderr


def test_half_an_answer_with_a_token_in_it_is_not_told(instance: Instance) -> None:
    # curl's own line comes before or after what it has of the body, by the size of its buffers.
    instance.stub(
        "curl",
        f"printf '\"%s' '{ACCESS_TOKEN}'; echo 'curl: (28) timed out' >&2; printf '\"%s\\n000' '{TOKEN}'; exit 28",
    )
    instance.stub("sleep", "kill $PPID")
    done = instance.run("startup.sh")
    assert "the metadata server does not answer: (28) timed out; the next try" in done.stdout
    assert ACCESS_TOKEN not in done.stdout
    assert TOKEN not in done.stdout


def test_the_token_is_kept_fresh_by_a_timer_at_a_third_of_its_time(instance: Instance) -> None:
    instance.run("startup.sh")
    assert "OnUnitInactiveSec=1200" in instance.read("units/meshx-token.timer.d/interval.conf")
    assert "enable --quiet --now meshx-token.timer meshx-follow.timer" in instance.read("argv.systemctl")
    assert "User=istio-proxy" in instance.read("units/meshx-token.service")
    assert (instance.folder / "library" / "renew_token.sh").stat().st_mode & 0o777 == 0o644


def test_the_gateway_passes_the_api_servers_own_name_on(instance: Instance) -> None:
    port = instance.google.api_port
    instance.settings["API_SERVER"] = f"https://kubernetes.default.svc:{port}"
    instance.settings["API_SERVER_RESOLVE"] = f"kubernetes.default.svc:{port}:127.0.0.1"
    assert instance.run("startup.sh").returncode == 0


def test_an_api_server_with_another_certificate_gets_no_word(instance: Instance) -> None:
    (instance.folder / "work" / "api-server-ca.pem").unlink()
    instance.stub("sleep", "kill $PPID")
    done = instance.run("startup.sh")
    assert done.returncode != 0
    assert "does not answer: " in done.stdout
    assert "certificate" in done.stdout
    assert instance.google.asked == []


def test_what_fails_is_told_and_tried_again_with_growing_pauses(instance: Instance) -> None:
    instance.google.failures = 4
    done = instance.run("startup.sh")
    assert done.returncode == 0
    assert done.stdout.count("answers 503: the server is busy; the next try is in ") == 4
    assert instance.read("argv.sleep").split() == ["1", "2", "2", "2"]


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        ("no metadata server", "the metadata server does not answer: (7) "),
        ("no service account", "the metadata server answers 404"),
        ("no api server", "does not answer: (7) "),
        ("another's token", 'answers 403: serviceaccounts "vmhttp" is forbidden'),
        ("no package", "the package can't be fetched from "),
        ("unfit", "join.sh ended with 3, for the reasons above"),
    ],
)
def test_nothing_is_touched_before_all_is_there_and_the_reason_is_told(
    instance: Instance, trouble: str, said: str
) -> None:
    if trouble == "no metadata server":
        instance.settings["METADATA"] = "http://127.0.0.1:1"
    elif trouble == "no service account":
        instance.google.metadata_status = 404
    elif trouble == "no api server":
        instance.settings["API_SERVER"] = "https://127.0.0.1:1"
    elif trouble == "another's token":
        instance.google.refused = "vmhttp"
    elif trouble == "no package":
        instance.script("join.sh", "exit 10")
        instance.settings["PACKAGE_URL"] = "http://127.0.0.1:1/package"
    else:
        instance.script("join.sh", "echo 'problem: iptables is missing' >&2; exit 3")
    # The first pause ends the test.
    instance.stub("sleep", "kill $PPID")
    done = instance.run("startup.sh")
    assert done.returncode != 0
    assert said in done.stdout
    assert "in the mesh" not in done.stdout
    assert not (instance.folder / "argv.systemctl").exists()
    assert not (instance.folder / "token-seen").exists()
    assert not (instance.folder / "library").exists()
    if trouble == "unfit":
        assert "meshx: problem: iptables is missing" in done.stdout


def test_the_package_is_fetched_where_join_asks_for_it_and_only_there(instance: Instance) -> None:
    instance.google.package = PACKAGE
    instance.script("join.sh", '[[ -e "$(dirname "$0")/disk/package" ]] || exit 10')
    assert instance.run("startup.sh").returncode == 0
    assert instance.read("work/disk/package") == "a package"


def test_of_packages_for_each_kind_an_instance_fetches_the_one_for_what_it_is(instance: Instance) -> None:
    instance.google.package = PACKAGE
    url, sum_of = instance.settings.pop("PACKAGE_URL"), hashlib.sha256(PACKAGE).hexdigest()
    (instance.folder / "work" / "package").unlink()
    (instance.folder / "work" / "packages").write_text(
        f"deb/amd64 istio-sidecar {'0' * 64} http://127.0.0.1:1/deb\nrpm/arm64 istio-sidecar {sum_of} {url}\n"
    )
    instance.stub("rpm", '[[ $* = "--eval %{_arch}" ]] && echo aarch64')
    instance.script("join.sh", '[[ -e "$(dirname "$0")/disk/package" ]] || exit 10')
    done = instance.run("startup.sh")
    assert done.returncode == 0, done.stdout
    assert instance.read("work/disk/package") == PACKAGE.decode()
    assert instance.read("work/package") == f"istio-sidecar {sum_of}\n"


def test_an_instance_fetches_its_package_through_the_proxy_and_asks_nothing_else_of_it(instance: Instance) -> None:
    instance.google.package = PACKAGE
    proxy = f"http://127.0.0.1:{instance.google.metadata_port}"
    instance.settings |= {"PACKAGE_URL": "http://packages.invalid/package", "PACKAGE_PROXY": proxy}
    instance.script("join.sh", '[[ -e "$(dirname "$0")/disk/package" ]] || exit 10')
    assert instance.run("startup.sh").returncode == 0
    assert instance.read("work/disk/package") == PACKAGE.decode()
    proxied = [line for line in instance.read("argv").splitlines() if "--proxy" in line]
    assert all(line.endswith("http://packages.invalid/package") for line in proxied) and proxied


def test_an_instance_that_no_package_is_named_for_says_which_key_to_write(instance: Instance) -> None:
    (instance.folder / "work" / "packages").write_text(f"deb/amd64 istio-sidecar {'0' * 64} http://127.0.0.1:1/deb\n")
    instance.stub("rpm", "echo aarch64")
    instance.stub("sleep", "kill $PPID")
    done = instance.run("startup.sh")
    assert (
        "no package is named for rpm/arm64, as this instance is: write sidecar.rpm.arm64 with the url: " in done.stdout
    )
    assert not (instance.folder / "library").exists()


def test_a_package_with_another_sum_is_told_and_fetched_again(instance: Instance) -> None:
    instance.google.former_packages = [b"half a pack", b""]
    instance.google.package = PACKAGE
    instance.script("join.sh", '[[ -e "$(dirname "$0")/disk/package" ]] || exit 10')
    done = instance.run("startup.sh")
    assert done.returncode == 0, done.stdout
    wanted = hashlib.sha256(PACKAGE).hexdigest()
    for served in (b"half a pack", b""):
        assert (
            f"/package has the SHA-256 {hashlib.sha256(served).hexdigest()}, and {wanted} is configured" in done.stdout
        )
    assert instance.read("work/disk/package") == PACKAGE.decode()


def newer(instance: Instance, revision: int = 2) -> None:
    """Have the metadata lead to another startup script, as after an `up`."""
    instance.google.startup_script = f"#!/usr/bin/env bash\n# Revision: {revision}\necho newer\n"


def test_while_something_is_amiss_a_newer_startup_script_takes_the_place_of_this_one(instance: Instance) -> None:
    newer(instance)
    instance.google.refused = "vmhttp"
    instance.stub("sleep", f"exec {shutil.which('sleep')} 60")
    done = instance.run("startup.sh", seconds=20)
    assert done.returncode == 0, done.stderr
    assert "is forbidden; the next try is in 1 s" in done.stdout
    assert "the startup script has changed to revision 2, and is run in place of this one" in done.stdout
    assert "in the mesh" not in done.stdout
    assert "# Revision: 2\necho newer\n" in instance.read("work/newer-script")
    assert not (instance.folder / "library").exists()


def test_a_download_that_takes_for_ever_is_given_up_for_a_newer_startup_script(instance: Instance) -> None:
    newer(instance)
    instance.script("join.sh", "exit 10")
    curl = (instance.folder / "bin" / "curl").read_text()
    instance.stub("curl", f"[[ $* != *--location* ]] || exec {shutil.which('sleep')} 60\n{curl}")
    assert "is run in place of this one" in instance.run("startup.sh", seconds=20).stdout


def test_a_join_that_is_at_work_is_brought_to_its_end_before_a_newer_startup_script_begins(instance: Instance) -> None:
    newer(instance)
    script = 'folder=$(dirname "$0"); [[ ! -e $folder/check-only ]] || exit 0\ntouch $folder/../begun'
    instance.script("join.sh", f"{script}; {shutil.which('sleep')} 4; touch $folder/../ended")
    assert "is run in place of this one" in instance.run("startup.sh", seconds=20).stdout
    assert (instance.folder / "begun").exists()
    assert (instance.folder / "ended").exists()


def test_a_revision_counts_once_the_instance_has_joined_by_it(instance: Instance) -> None:
    instance.settings["READINESS"] = "http://127.0.0.1:1/"
    instance.stub("sleep", "[[ $1 != 2 ]] || kill $PPID")
    instance.settings["READY_SECONDS"] = "0"
    assert instance.run("startup.sh").returncode != 0
    assert (instance.folder / "library").exists()
    assert not (instance.folder / "library" / "revision").exists()
    instance.settings["READINESS"] = f"http://127.0.0.1:{instance.google.metadata_port}/package"
    assert instance.run("startup.sh").returncode == 0
    assert instance.read("library/revision") == "1\n"


def test_a_renewal_that_still_tries_by_former_settings_is_ended(instance: Instance) -> None:
    instance.run("startup.sh")
    said = instance.read("argv.systemctl")
    assert said.index("stop meshx-token.service") < said.index("enable --quiet --now meshx-token.timer")


def test_a_certificate_that_has_ended_is_given_up(instance: Instance) -> None:
    (instance.folder / "certs" / "cert-chain.pem").write_text("no certificate any more")
    instance.script("join.sh", '[[ -e "$(dirname "$0")/reset-certificate" ]] && echo "given up"; exit 0')
    assert "meshx: given up" in instance.run("startup.sh").stdout


def test_a_sidecar_that_does_not_get_ready_is_tried_again_with_a_certificate_anew(instance: Instance) -> None:
    instance.settings["READINESS"] = "http://127.0.0.1:1/"
    (instance.folder / "istio.log").write_text("error: cannot reach istiod\n")
    instance.script(
        "join.sh",
        '[[ -e "$(dirname "$0")/reset-certificate" ]] && echo "given up" && kill $PPID; exit 0',
    )
    instance.stub("sleep", f"exec {shutil.which('sleep')} 0.1")
    done = instance.run("startup.sh")
    assert "is not ready after 1 s; its last words: error: cannot reach istiod" in done.stdout


def test_a_log_that_leads_elsewhere_is_not_shown_on_the_console(instance: Instance) -> None:
    instance.settings["READINESS"] = "http://127.0.0.1:1/"
    (instance.folder / "secret").write_text("for root alone\n")
    (instance.folder / "istio.log").symlink_to(instance.folder / "secret")
    instance.script("join.sh", '[[ -e "$(dirname "$0")/reset-certificate" ]] && kill $PPID; exit 0')
    instance.stub("sleep", f"exec {shutil.which('sleep')} 0.1")
    done = instance.run("startup.sh")
    assert "is not ready after 1 s; its last words: " in done.stdout
    assert "alone" not in done.stdout + done.stderr


def test_a_renewal_replaces_token_and_root_in_one_step(instance: Instance) -> None:
    (instance.folder / "certs" / "root-cert.pem").write_text("an older root\n")
    done = instance.run("renew_token.sh")
    assert done.returncode == 0, done.stderr
    token = instance.folder / "tokens" / "istio-token"
    assert (token.read_text(), token.stat().st_mode & 0o777) == (f"{TOKEN}\n", 0o400)
    assert instance.read("certs/root-cert.pem") == ROOT
    assert [one.name for one in (instance.folder / "tokens").iterdir()] == ["istio-token"]
    assert TOKEN not in done.stdout


def test_a_changed_startup_script_is_run_and_an_unchanged_one_is_not(instance: Instance) -> None:
    body = f"touch {instance.folder}/ran"
    instance.google.startup_script = f"#!/usr/bin/env bash\n# Revision: 1\n{body}\n"
    instance.stub("touch", f'{shutil.which("touch")} "$@"')
    assert instance.run("follow.sh").returncode == 0
    assert not (instance.folder / "ran").exists()
    instance.google.startup_script = instance.google.startup_script.replace(": 1", ": 2")
    assert "has changed to revision 2" in instance.run("follow.sh").stdout
    assert (instance.folder / "ran").exists()


def test_what_the_users_own_script_does_for_ever_keeps_nobody_from_the_next_look(instance: Instance) -> None:
    revision = instance.folder / "work" / "revision"
    body = f"echo 2 >{revision}; exec {shutil.which('sleep')} 30 >/dev/null 2>&1"
    instance.google.startup_script = f"#!/usr/bin/env bash\n# Revision: 2\n{body}\n"
    assert instance.run("follow.sh", seconds=15).returncode == 0
