"""Tokens and private keys in a join's whole life: they are found nowhere, by a search that finds what is planted.

The tests of this file follow one stack, so each builds on the one before it.
"""

from __future__ import annotations

import secrets
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox import machines
from sandbox.kubernetes.control_plane import KUBECONFIG
from sandbox.traffic import services
from tests.e2e.secrets.argv_watch import SeenCommands, commands_watched
from tests.e2e.secrets.needles import Needles
from tests.e2e.secrets.places import machine_logs, pod_logs, sandbox_logs, state_places, world_readable
from tests.e2e.secrets.token_requests import request_one_token, token_requests
from tests.e2e.stack.mesh_project import MeshProject
from tests.e2e.stack.two_machines import second_machine

pytestmark = pytest.mark.usefixtures("sandbox")

LOUDEST = ("-v=9", "--logtostderr", "--debug")
TOKEN = "/var/run/secrets/tokens/istio-token"


@dataclass
class Search:
    """The stack, what is looked for, and all that was said and run so far."""

    project: MeshProject
    needles: Needles = field(default_factory=Needles)
    said: dict[str, bytes] = field(default_factory=dict)
    commands: list[SeenCommands] = field(default_factory=list)

    def run(self, name: str, *words: str) -> int:
        """Run `pulumi` as loudly as it can while all command lines are watched; return its exit code."""
        with commands_watched() as seen:
            ran = self.project.pulumi(*words, *LOUDEST)
        self.commands.append(seen)
        self.said[name] = ran.text.encode()
        return ran.code

    def expect_nothing(self, where: str, places: dict[str, bytes]) -> None:
        """Fail with the names of the places in which a secret is; print how much was searched."""
        size = sum(map(len, places.values()))
        print(f"{where}: {len(places)} texts, {size / 1e6:.1f} MB, {len(self.needles.lines)} secrets looked for")
        assert size, f"{where}: there was nothing to search"
        hits = {place: found for place, text in places.items() if (found := self.needles.found_in(text))}
        assert not hits


@pytest.fixture(scope="module")
def search(new_project: MeshProject) -> Iterator[Search]:
    """A search over a new stack, which is destroyed in the end whatever happened."""
    search = Search(new_project)
    search.needles.add("the key to log in with", machines.SSH_KEY.read_text())
    user = yaml.safe_load(KUBECONFIG.read_text())["users"][0]["user"]
    search.needles.add("the administrator's key", user["client-key-data"])
    yield search
    new_project.unlock()
    new_project.pulumi("destroy", "--yes", "--skip-preview")


@pytest.fixture(scope="module")
def canary(search: Search) -> str:
    """Something to be found, which the search itself is tried with."""
    text = f"canary-{secrets.token_hex(16)}"
    search.needles.lines["canary"] = [text]
    return text


def test_the_search_finds_what_is_planted_on_either_side(search: Search, canary: str) -> None:
    sleeps = f"sh -c 'sleep 1; true' {canary}-far\nlogger {canary}\necho {canary} >/tmp/planted\n"
    with commands_watched() as seen:
        subprocess.run(["sh", "-c", "sleep 1; true", f"{canary}-near"], check=True)
        # On standard input, so that it is in the far side's command lines only.
        machines.execute("vm-1", ["bash", "-s"], text=sleeps)
    assert all(f"{canary}-{side}".encode() in seen.text() for side in ("near", "far"))
    assert search.needles.found_in(machine_logs("vm-1")["vm-1 journal"]) == ["canary"]
    assert world_readable("vm-1", search.needles)[1] == ["/tmp/planted"]  # noqa: S108
    token = b"eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJrdWJlIn0.c2lnbmF0dXJlLW9mLXRoYXQ"
    assert search.needles.found_in(b"Bearer " + token) == ["a token by its look"]
    assert "the key to log in with" in search.needles.found_in(machines.SSH_KEY.read_bytes())
    machines.execute("vm-1", ["rm", "/tmp/planted"])  # noqa: S108
    del search.needles.lines["canary"]


def test_preview_and_up_say_no_secret_however_loud(search: Search) -> None:
    assert search.run("preview", "preview") == 0
    services.apply()
    assert search.run("up", "up", "--yes", "--skip-preview") == 0, search.said["up"][-3000:].decode()
    search.needles.add("the machine's token", machines.execute("vm-1", ["cat", TOKEN]).stdout)
    search.needles.add("the machine's key", machines.execute("vm-1", ["cat", "/etc/certs/key.pem"]).stdout)
    assert search.run("refresh", "refresh", "--yes", "--skip-preview") == 0
    search.expect_nothing("said by the engine and its plugins", search.said)


def test_no_secret_is_in_the_state_plain_or_decrypted(search: Search) -> None:
    search.expect_nothing("state", state_places(search.project))


def test_no_secret_is_in_a_file_that_everybody_on_the_machine_may_read(search: Search) -> None:
    count, found = world_readable("vm-1", search.needles)
    print(f"files that everybody may read: {count}, with a secret: {len(found)}")
    assert not found


def test_runs_that_change_nothing_ask_for_no_token(search: Search) -> None:
    counted = token_requests()
    request_one_token()
    assert token_requests() == counted + 1, "the count misses requests"
    for words in (("preview",), ("preview", "--refresh"), ("up", "--yes", "--skip-preview", "--refresh")):
        # The kubelet asks for its pods' tokens too, when they are four fifths through their hour.
        assert any(tokens_asked_for_by(search.project, *words) == 0 for _ in range(2)), words


def tokens_asked_for_by(project: MeshProject, *words: str) -> int:
    """How many tokens the cluster was asked for while a run changed nothing."""
    before = token_requests()
    project.expect(*words, "--expect-no-changes")
    return token_requests() - before


def other_host_key(machine: dict[str, Any], _: Path) -> None:
    machine["ssh"]["hostKeyFile"] = ".sandbox/machines/vm-1/ssh_host_ed25519_key.pub"


def unknown_user_key(machine: dict[str, Any], folder: Path) -> None:
    key = folder / "stranger"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    machine["ssh"]["privateKeyFile"] = str(key)


def broken_key(machine: dict[str, Any], folder: Path) -> None:
    key, lines = folder / "broken", machines.SSH_KEY.read_text().splitlines()
    key.write_text("\n".join([*lines[:-2], lines[-1], ""]))
    machine["ssh"]["privateKeyFile"] = str(key)


def broken_package(machine: dict[str, Any], folder: Path) -> None:
    package = folder / "broken.deb"
    package.write_bytes(b"no package")
    machine["sidecar"] = {"file": str(package)}


@pytest.mark.parametrize("broken", [other_host_key, unknown_user_key, broken_key, broken_package])
def test_no_secret_is_in_the_words_of_a_join_that_fails(search: Search, broken: Any, tmp_path: Path) -> None:
    machine = second_machine()
    broken(machine, tmp_path)
    if (stranger := tmp_path / "stranger").exists():
        search.needles.add("a stranger's key", stranger.read_text())
    search.project.configure(lambda config: config["workloads"][0]["machines"].append(machine))
    code = search.run(broken.__name__, "up", "--yes", "--skip-preview")
    search.project.configure(lambda config: config["workloads"][0]["machines"].pop())
    assert code != 0
    assert b"vm-3" in search.said[broken.__name__]
    search.expect_nothing(f"said by the failed join ({broken.__name__})", {"up": search.said[broken.__name__]})


def test_destroy_says_no_secret_and_none_was_in_a_log_or_command_line_at_any_time(search: Search) -> None:
    logs = {**sandbox_logs(), **pod_logs(), **machine_logs("vm-1"), **machine_logs("vm-3")}
    assert search.run("destroy", "destroy", "--yes", "--skip-preview") == 0
    search.expect_nothing("said by destroy", {"destroy": search.said["destroy"]})
    search.expect_nothing("logs of the sandbox, pods and machines", logs)
    looks, lines = sum(seen.looks for seen in search.commands), set().union(*(seen.lines for seen in search.commands))
    print(f"command lines: {len(lines)} different ones in {looks} looks at all processes")
    assert any(b"pilot-agent" in line for line in lines), "the machines' processes were not seen"
    search.expect_nothing("command lines", {"argv": b"\n".join(lines)})
