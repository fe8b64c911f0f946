"""Sessions with machines, against a real SSH server in this process."""

import asyncio
import socket
from dataclasses import replace

import asyncssh
import pytest

from meshx.config.values.host_login import HostLogin
from meshx.machine.delivery import Delivery
from meshx.machine.join_inputs import Connection
from meshx.machine.machine_errors import (
    MachineError,
    PackageWantedError,
    ScriptError,
    SessionLostError,
    UnfitMachineError,
    UnreachableError,
)
from meshx.machine.ssh.keys import PrivateKey
from meshx.machine.ssh.session import open_session
from tests.unit.stand_ins.machine_stand_in import SshServer, StandInMachine, blank_facts

LOOK = Delivery("observe.sh", {"wanted/paths": "", "wanted/names": ""})
JOIN = Delivery("join.sh", {"token": "the-token"})


def way(machine: StandInMachine, user: str = "root") -> Connection:
    return Connection(HostLogin("127.0.0.1", machine.port, user, machine.host_key), connect_seconds=5)


@pytest.fixture
def key(client_key: asyncssh.SSHKey) -> PrivateKey:
    return PrivateKey(text=client_key.export_private_key().decode())


def run(
    connection: Connection, key: PrivateKey, *deliveries: Delivery, seconds: float = 10, patient: bool = False
) -> tuple[list[str], list[str]]:
    """What the deliveries printed over one session, and the warnings."""
    warnings: list[str] = []

    async def session() -> list[str]:
        async with open_session("vm-1", connection, key, warnings.append, patient=patient) as opened:
            return [await opened.run(delivery, seconds) for delivery in deliveries]

    return asyncio.run(session()), warnings


def test_one_session_takes_one_delivery_after_the_other(machine, key):
    printed, warnings = run(way(machine), key, LOOK, LOOK)
    assert all(line.startswith("machine-id ") for line in printed)
    assert (machine.scripts, machine.logins, warnings) == (["observe.sh", "observe.sh"], 1, [])


def test_the_command_is_the_same_whatever_is_delivered(machine, key):
    machine.answers["join.sh"] = (0, "", "")
    run(way(machine), key, LOOK, JOIN)
    assert machine.received[0].command == machine.received[1].command
    assert "the-token" not in machine.received[1].command


def test_a_user_that_is_not_root_goes_through_sudo(machine, key):
    run(way(machine, "admin"), key, LOOK)
    run(way(machine), key, LOOK)
    assert machine.received[0].command == f"sudo -n {machine.received[1].command}"


def test_another_host_key_is_refused_with_both_fingerprints(machine, key):
    other = asyncssh.generate_private_key("ssh-ed25519")
    connection = replace(
        way(machine), login=replace(way(machine).login, host_key=other.export_public_key().decode().strip())
    )
    with pytest.raises(UnreachableError) as refused:
        run(connection, key, LOOK)
    shown = asyncssh.import_public_key(machine.host_key).get_fingerprint()
    assert shown in str(refused.value)
    assert other.get_fingerprint() in str(refused.value)
    assert "ssh.hostKey" in str(refused.value)
    assert machine.received == []


def test_a_host_without_a_key_of_the_configured_type_says_so(machine, key):
    other = asyncssh.generate_private_key("ecdsa-sha2-nistp256").export_public_key().decode().strip()
    connection = replace(way(machine), login=replace(way(machine).login, host_key=other))
    with pytest.raises(UnreachableError, match=r"ecdsa-sha2-nistp256 key: configure one that `ssh-keyscan"):
        run(connection, key, LOOK)


def test_any_key_is_taken_with_a_warning_where_the_stack_says_so(machine, key):
    connection = replace(way(machine), login=replace(way(machine).login, host_key=""))
    _, warnings = run(connection, key, LOOK)
    assert asyncssh.import_public_key(machine.host_key).get_fingerprint() in warnings[0]


def test_a_user_who_is_not_let_in_is_named_with_the_key(machine, key, client_key):
    with pytest.raises(UnreachableError) as refused:
        run(way(machine, "nobody"), key, LOOK)
    assert "does not let user nobody in" in str(refused.value)
    assert client_key.get_fingerprint() in str(refused.value)


def test_a_closed_port_is_named_with_cause_and_remedy(machine, key):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    connection = replace(way(machine), login=replace(way(machine).login, port=port))
    with pytest.raises(
        UnreachableError, match=rf"vm-1: 127.0.0.1 port {port} cannot be reached .*ssh.host and ssh.port"
    ):
        run(connection, key, LOOK)


def test_a_host_that_never_answers_is_given_up_in_time(machine, key):
    with socket.create_server(("127.0.0.1", 0)) as mute:
        login = replace(way(machine).login, port=mute.getsockname()[1])
        with pytest.raises(UnreachableError, match=r"no answer in time|cannot be reached"):
            run(Connection(login, connect_seconds=1), key, LOOK)


def test_a_machine_that_is_just_booting_is_waited_for(ssh_server: SshServer, machine, key):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    login = replace(way(machine).login, port=port)

    async def boot_meanwhile() -> str:
        async def boot() -> None:
            await asyncio.sleep(1.5)
            loop = asyncio.get_running_loop()
            server = await asyncio.start_server(forward, "127.0.0.1", port)
            loop.call_later(10, server.close)

        async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            there_reader, there_writer = await asyncio.open_connection("127.0.0.1", machine.port)
            await asyncio.gather(pump(reader, there_writer), pump(there_reader, writer))

        async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
            while data := await source.read(65536):
                sink.write(data)
                await sink.drain()
            sink.close()

        booting = asyncio.create_task(boot())
        async with open_session("vm-1", Connection(login, connect_seconds=8), key, print, patient=True) as session:
            await booting
            return await session.run(LOOK, 5)

    assert asyncio.run(boot_meanwhile()).startswith("machine-id")


def test_a_bastion_is_gone_through_with_its_own_host_key(ssh_server: SshServer, machine, key):
    bastion = ssh_server.serve(StandInMachine(facts=blank_facts("bastion"), users=("jump",)))
    through = HostLogin("127.0.0.1", bastion.port, "jump", bastion.host_key)
    run(replace(way(machine), bastion=through), key, LOOK)
    assert (bastion.logins, bastion.received, machine.scripts) == (1, [], ["observe.sh"])
    with pytest.raises(UnreachableError, match=r"bastion 127.0.0.1: .*shows the host key"):
        run(replace(way(machine), bastion=replace(through, host_key=machine.host_key)), key, LOOK)


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        ((3, "", "problem: sudo is missing: apt-get install -y sudo\nproblem: port 15001, which the sidecar needs, "
                 "is held by nginx (process 7): stop it or move it\n"),
         UnfitMachineError, "nothing was changed on it:\n- sudo is missing.*\n- port 15001"),
        ((10, "", ""), PackageWantedError, "package is needed"),
        ((1, "", "sudo: unable to resolve host vm-1\nsudo: a password is required\n"),
         UnfitMachineError, "user root may not become root .sudo: a password is required.: .*NOPASSWD"),
        ((74, "", "tar: disk/package: Cannot write: No space left on device\nthe delivery did not arrive whole\n"),
         UnfitMachineError, "its disk is full, make room under /var"),
        ((74, "", "tar: disk/package: Wrote only 512 of 10240 bytes\nthe delivery did not arrive whole\n"),
         UnfitMachineError, "its disk is full, make room under /var"),
        ((4, "", "dpkg: error processing archive\nthe package could not be installed\n"),
         ScriptError, "status 4:\ndpkg: error processing archive"),
    ],
)  # fmt: skip
def test_a_script_that_fails_is_told_by_cause_and_remedy(machine, key, answer, error, words):
    machine.answers["join.sh"] = answer
    with pytest.raises(error, match=rf"(?s){words}"):
        run(way(machine), key, JOIN)


def test_a_session_that_breaks_off_is_told_from_a_script_that_fails(machine, key):
    machine.hang_up_on = "join.sh"
    with pytest.raises(SessionLostError, match=r"broke off while join.sh ran|ended on the machine"):
        run(way(machine), key, JOIN)


@pytest.mark.parametrize(
    ("key", "words"),
    [
        (PrivateKey(), "there is no private key to log in with: name one as meshx:ssh.privateKeyFile"),
        (PrivateKey(file="/nowhere/id"), "/nowhere/id cannot be read .No such file"),
        (PrivateKey(text="very secret but no key"), "meshx:sshPrivateKey is not a private key"),
    ],
)
def test_a_key_that_is_of_no_use_is_named_by_where_it_comes_from(machine, key, words):
    with pytest.raises(MachineError, match=words) as refused:
        run(way(machine), key, LOOK)
    assert "very secret" not in str(refused.value)


def test_a_key_with_a_passphrase_says_what_is_needed(machine, client_key):
    locked = client_key.export_private_key("pkcs8-pem", passphrase="words").decode()
    with pytest.raises(MachineError, match="has a passphrase"):
        run(way(machine), PrivateKey(text=locked), LOOK)
