"""Machines and a cluster for the tests of the Join."""

from collections.abc import Iterator

import asyncssh
import pytest

from tests.unit.stand_ins.api_stand_in import ApiServer, StandInApi
from tests.unit.stand_ins.machine_stand_in import SshServer, StandInMachine, blank_facts


@pytest.fixture(scope="session")
def client_key() -> asyncssh.SSHKey:
    return asyncssh.generate_private_key("ssh-ed25519")


@pytest.fixture
def ssh_server(client_key: asyncssh.SSHKey) -> Iterator[SshServer]:
    server = SshServer(client_key)
    yield server
    server.close()


@pytest.fixture
def machine(ssh_server: SshServer) -> StandInMachine:
    return ssh_server.serve(StandInMachine(facts=blank_facts()))


@pytest.fixture
def api() -> Iterator[StandInApi]:
    stand_in = StandInApi()
    server = ApiServer(stand_in)
    yield stand_in
    server.close()
