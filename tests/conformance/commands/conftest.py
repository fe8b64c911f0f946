"""The ground of these tests: each `command` plugin that there is to be asked, and hosts to run commands on."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from meshx.plugin_base.property_values import Secret
from sandbox.paths import REPO
from tests.conformance.commands.ssh_host import SshHost, SshHosts
from tests.conformance.engine import Engine, engine_on

COMMAND = "command:remote:Command"
STAND_IN = (sys.executable, "-m", "sandbox.pulumi.command")
OFFICIAL = shutil.which("pulumi-resource-command")


# No agent: what logs in is what the inputs say.
_ENVIRONMENT = {"PYTHONPATH": str(REPO), "SSH_AUTH_SOCK": ""}


@pytest.fixture(scope="package", params=[STAND_IN, *([(OFFICIAL,)] if OFFICIAL else [])], ids=lambda words: words[0])
def words(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """What starts each `command` plugin that there is; an official one where its binary is on PATH."""
    return request.param


@pytest.fixture(scope="package")
def engine(words: tuple[str, ...], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The plugin, for all tests."""
    with engine_on(words, "command", _ENVIRONMENT, tmp_path_factory.mktemp("project")) as started:
        started.configure()
        yield started


@pytest.fixture
def own_engine(words: tuple[str, ...], tmp_path: Path) -> Iterator[Engine]:
    """The plugin in a process of the test's own, which it may cancel or leave hanging."""
    with engine_on(words, "command", _ENVIRONMENT, tmp_path) as started:
        started.configure()
        yield started


@pytest.fixture(scope="package")
def hosts() -> Iterator[SshHosts]:
    """Makes hosts, and ends them."""
    made = SshHosts()
    yield made
    made.close()


@pytest.fixture(scope="package")
def key() -> asyncssh.SSHKey:
    """The key to log in with."""
    return asyncssh.generate_private_key("ssh-ed25519")


@pytest.fixture
def agent_socket(key: asyncssh.SSHKey, tmp_path: Path) -> Iterator[Path]:
    """The socket of an SSH agent that holds the key."""
    # A socket's path is short, and a test's folder need not be.
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "agent.sock"
        agent = subprocess.Popen(["ssh-agent", "-D", "-a", str(path)], stdout=subprocess.DEVNULL)
        try:
            (tmp_path / "id").write_bytes(key.export_private_key())
            (tmp_path / "id").chmod(0o600)
            while not path.exists():
                time.sleep(0.01)
            environment = {**os.environ, "SSH_AUTH_SOCK": str(path)}
            subprocess.run(["ssh-add", "-q", str(tmp_path / "id")], env=environment, check=True)
            yield path
        finally:
            agent.terminate()
            agent.wait(10)


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def host(hosts: SshHosts, key: asyncssh.SSHKey, tmp_path: Path) -> SshHost:
    """A host of the test's own."""
    return hosts.start(tmp_path, key)


def inputs(host: SshHost, **more: Any) -> dict[str, Any]:
    return {"connection": host.connection(), **more}


def plain(value: Any) -> Any:
    return value.value if isinstance(value, Secret) else value
