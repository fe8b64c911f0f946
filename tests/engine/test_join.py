"""A Join under the real engine, on a stand-in machine: what the nightly check says of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from meshx.provider.join_resource import JoinResource
from tests.engine.stack import HERE, REPOSITORY, Stack
from tests.unit.provider.test_join_resource import PACKAGE, Scene
from tests.unit.stand_ins.api_stand_in import StandInApi
from tests.unit.stand_ins.certificates_for_tests import authority
from tests.unit.stand_ins.fixtures import api, client_key
from tests.unit.stand_ins.machine_stand_in import SshServer, StandInMachine, blank_facts

__all__ = ["api", "client_key"]

PLUGINS = {"providers": [{"name": "meshx", "path": str(REPOSITORY / "meshx" / "provider")}]}
NIGHTLY = ("refresh", "--preview-only", "--expect-no-changes", "--diff")


@pytest.fixture
def server(client_key: asyncssh.SSHKey) -> Iterator[SshServer]:
    server = SshServer(client_key)
    yield server
    server.close()


@pytest.fixture
def scene(server: SshServer, api: StandInApi, client_key: asyncssh.SSHKey, tmp_path: Path) -> Scene:
    """A machine and a cluster, and what the Join of it is given."""
    package = tmp_path / "istio-sidecar.deb"
    package.write_bytes(PACKAGE)
    machine = server.serve(StandInMachine(facts=blank_facts()))
    api.entry("vm/vm-1")
    settings: dict[str, Any] = {"kubeconfigFile": str(api.kubeconfig(tmp_path)), "context": "tests"}
    scene = Scene(JoinResource(settings), machine, api, authority(), package, settings)
    scene.signed()
    return scene


@pytest.fixture
def stack(new_stack: Callable[..., Stack], scene: Scene, client_key: asyncssh.SSHKey, tmp_path: Path) -> Stack:
    """A stack with that Join, applied."""
    key = tmp_path / "id_ed25519"
    key.write_bytes(client_key.export_private_key())
    made = new_stack(main=str(HERE / "join_program"), plugins=PLUGINS)
    made = replace(made, environment={**made.environment, "PYTHONPATH": str(REPOSITORY)})
    settings = {"kubeconfigFile": str(tmp_path / "kubeconfig"), "context": "tests", "sshPrivateKeyFile": str(key)}
    made.configure(config={"join:settings": json.dumps(settings), "join:inputs": json.dumps(scene.inputs())})
    made.expect("up", "--yes", "--skip-preview")
    return made


def state_file(stack: Stack) -> Path:
    (file,) = (stack.project.parent / "backend").glob(".pulumi/stacks/things/dev.json")
    return file


def written_by_an_earlier_meshx(stack: Stack, change: Callable[[dict[str, Any]], None]) -> None:
    """Put the Join's inputs and outputs into the state as an earlier meshx had them."""
    state = json.loads(state_file(stack).read_text())
    (join,) = [one for one in state["checkpoint"]["latest"]["resources"] if one["type"] == "meshx:index:Join"]
    change(join["inputs"])
    change(join["outputs"])
    state_file(stack).write_text(json.dumps(state))


def test_a_machine_that_could_not_be_looked_at_is_told_and_fails_no_nightly_check(
    stack: Stack, scene: Scene, server: SshServer
) -> None:
    assert "0 changes" in stack.expect(*NIGHTLY) or "unchanged" in stack.expect(*NIGHTLY)
    server.close()
    assert "vm-1 was not looked at, its last state stays" in stack.expect(*NIGHTLY)
    assert "vm-1 was not looked at, its last state stays" in stack.expect("up", "--yes", "--refresh", "--skip-preview")
    stack.expect("preview", "--expect-no-changes")


def test_a_state_with_words_behind_the_entrys_name_is_refreshed_and_previews_empty(stack: Stack, scene: Scene) -> None:
    written_by_an_earlier_meshx(stack, lambda has: has.update(workloadEntry="vm-1 (not connected to istiod)"))
    scene.api.entry("vm/vm-1", healthy=None)
    stack.expect(*NIGHTLY)
    scene.api.entry("vm/vm-1")
    stack.expect("refresh", "--yes", "--skip-preview")
    stack.expect("preview", "--expect-no-changes")
    stack.expect(*NIGHTLY)
    assert stack.state()["vm-1"]["inputs"]["workloadEntry"] == "vm-1"


def test_what_a_look_finds_amiss_fails_the_nightly_check_and_the_next_up_puts_it_right(
    stack: Stack, scene: Scene
) -> None:
    scene.api.entry("vm/vm-1", healthy=None)
    found = stack.pulumi(*NIGHTLY)
    assert found.code != 0
    assert "entryState" in found.text
    scene.machine.reconnect = lambda: (scene.api.entry("vm/vm-1"), "connection to istiod opened anew\n")[1]
    stack.expect("up", "--yes", "--refresh", "--skip-preview")
    stack.expect(*NIGHTLY)
