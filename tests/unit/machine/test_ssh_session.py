"""Sessions with machines, against a real SSH server in this process."""

import asyncio
import socket
import time
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
from meshx.machine.ssh import door
from meshx.machine.ssh import session as session_module
from meshx.machine.ssh.keys import PrivateKey
from meshx.machine.ssh.session import open_session
from meshx.machine.ssh.shared_connections import connections
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


def test_a_bastion_is_logged_in_to_with_a_key_of_its_own(ssh_server: SshServer, machine, key, tmp_path):
    own = asyncssh.generate_private_key("ssh-ed25519")
    own.write_private_key(tmp_path / "bastion")
    bastion = ssh_server.serve(StandInMachine(facts=blank_facts("bastion"), users=("jump",), key=own))
    through = HostLogin("127.0.0.1", bastion.port, "jump", bastion.host_key)
    with pytest.raises(UnreachableError, match=r"bastion 127\.0\.0\.1: 127\.0\.0\.1 does not let user jump in"):
        run(replace(way(machine), bastion=through), key, LOOK)
    run(replace(way(machine), bastion=through, bastion_key_file=str(tmp_path / "bastion")), key, LOOK)
    assert machine.scripts == ["observe.sh"]


@pytest.mark.parametrize(
    ("user", "in_sudoers"), [("svc@corp.example.com", r"svc\@corp.example.com"), ("CORP\\svc", r"CORP\\svc")]
)
def test_a_user_of_a_directory_is_logged_in_as_written_and_told_its_line_for_sudo(machine, key, user, in_sudoers):
    machine.users = (user,)
    run(way(machine, user), key, LOOK)
    assert machine.received[0].command.startswith("sudo -n sh -c ")
    assert user not in machine.received[0].command
    machine.answers["observe.sh"] = (1, "", "sudo: a password is required")
    with pytest.raises(UnfitMachineError) as raised:
        run(way(machine, user), key, LOOK)
    assert f"`{in_sudoers} ALL=(ALL) NOPASSWD: ALL`" in str(raised.value)


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
        (PrivateKey(variable="NOT_SET"), "variable NOT_SET .meshx:ssh.privateKeyVariable. has no private key: set it"),
        (PrivateKey(variable="NO_KEY"), "in NO_KEY is not a private key"),
    ],
)
def test_a_key_that_is_of_no_use_is_named_by_where_it_comes_from(machine, key, words, monkeypatch):
    monkeypatch.setenv("NO_KEY", "very secret but no key")
    with pytest.raises(MachineError, match=words) as refused:
        run(way(machine), key, LOOK)
    assert "very secret" not in str(refused.value)


def test_a_variable_of_the_environment_has_the_key_also_without_a_line_end(machine, client_key, monkeypatch):
    monkeypatch.setenv("MESHX_SSH_PRIVATE_KEY", client_key.export_private_key().decode().strip())
    run(way(machine), PrivateKey(variable="MESHX_SSH_PRIVATE_KEY"), LOOK)
    assert machine.logins == 1


def test_a_key_with_a_passphrase_says_what_is_needed(machine, client_key):
    locked = client_key.export_private_key("pkcs8-pem", passphrase="words").decode()
    with pytest.raises(MachineError, match="has a passphrase"):
        run(way(machine), PrivateKey(text=locked), LOOK)


def test_a_host_that_takes_no_more_at_once_is_waited_for(machine, key):
    dropped: list[int] = []

    async def forwarded() -> str:
        async def drop_some(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            if len(dropped) < 2:
                dropped.append(1)
                # What sshd writes where MaxStartups is reached (OpenSSH 9.2, sshd.c).
                writer.write(b"Exceeded MaxStartups\r\n")
                writer.close()
                return
            there_reader, there_writer = await asyncio.open_connection("127.0.0.1", machine.port)
            await asyncio.gather(pump(reader, there_writer), pump(there_reader, writer))

        async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
            while data := await source.read(65536):
                sink.write(data)
                await sink.drain()
            sink.close()

        server = await asyncio.start_server(drop_some, "127.0.0.1", 0)
        login = replace(way(machine).login, port=server.sockets[0].getsockname()[1])
        async with open_session("vm-1", Connection(login, connect_seconds=5), key, print) as session:
            printed = await session.run(LOOK, 5)
        server.close()
        return printed

    assert asyncio.run(forwarded()).startswith("machine-id")
    assert len(dropped) == 2


def test_a_host_that_never_takes_one_is_told_by_what_it_does_and_not_by_its_key(machine, key, monkeypatch):
    monkeypatch.setattr(door, "PATIENCE_SECONDS", 0.0)

    async def refused() -> None:
        async def drop(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.close()

        server = await asyncio.start_server(drop, "127.0.0.1", 0)
        login = replace(way(machine).login, port=server.sockets[0].getsockname()[1])
        async with open_session("vm-1", Connection(login, connect_seconds=5), key, print):
            pass

    with pytest.raises(UnreachableError, match=r"too many log in there at once \(MaxStartups .*maxConnections") as told:
        asyncio.run(refused())
    assert "ssh-ed25519" not in str(told.value)


def test_machines_behind_a_bastion_share_the_connection_to_it(ssh_server: SshServer, machine, key):
    bastion = ssh_server.serve(StandInMachine(facts=blank_facts("bastion"), users=("jump",)))
    connection = replace(way(machine), bastion=HostLogin("127.0.0.1", bastion.port, "jump", bastion.host_key))

    async def look(name: str) -> str:
        async with open_session(name, connection, key, print) as session:
            return await session.run(LOOK, 10)

    async def all_of_them() -> list[str]:
        return await asyncio.gather(*(look(f"vm-{number}") for number in range(12)))

    assert len(asyncio.run(all_of_them())) == 12
    assert (bastion.logins, machine.logins) == (1, 12)


def test_a_bastion_that_cannot_be_reached_is_told_for_each_machine(machine, key):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    connection = replace(way(machine), bastion=HostLogin("127.0.0.1", port, "jump", machine.host_key))

    async def told(name: str) -> str:
        try:
            async with open_session(name, connection, key, print):
                return ""
        except UnreachableError as error:
            return str(error)

    async def both() -> list[str]:
        return await asyncio.gather(told("vm-1"), told("vm-2"))

    assert [text.partition(":")[0] for text in asyncio.run(both())] == ["vm-1", "vm-2"]


def test_a_bastions_connection_that_broke_off_is_made_anew(ssh_server: SshServer, machine, key):
    bastion = ssh_server.serve(StandInMachine(facts=blank_facts("bastion"), users=("jump",)))
    connection = replace(way(machine), bastion=HostLogin("127.0.0.1", bastion.port, "jump", bastion.host_key))

    async def twice() -> None:
        async with open_session("vm-1", connection, key, print) as session:
            tunnel = next(iter(connections()._bastions.values()))._dial.result()
            tunnel.abort()
            with pytest.raises(SessionLostError):
                await session.run(LOOK, 10)
            assert session.lost
            async with open_session("vm-1", connection, key, print) as anew:
                assert await anew.run(LOOK, 10)

    asyncio.run(twice())
    assert bastion.logins == 2


def over_a_slow_line(machine: StandInMachine, key: PrivateKey, delivery: Delivery, pause: float, limit: float) -> str:
    """What a delivery printed over a line that takes 256 KiB, then pauses, and so on."""

    async def delivered() -> str:
        async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            there_reader, there_writer = await asyncio.open_connection("127.0.0.1", machine.port)
            await asyncio.gather(pump(reader, there_writer, pause), pump(there_reader, writer, 0.0))

        async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter, pause: float) -> None:
            taken = 0
            while data := await source.read(1 << 16):
                sink.write(data)
                await sink.drain()
                taken += len(data)
                if taken > 1 << 18:
                    taken = 0
                    await asyncio.sleep(pause)
            sink.close()

        listening = socket.create_server(("127.0.0.1", 0))
        # Else the kernel takes megabytes off the line by itself.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
        server = await asyncio.start_server(forward, sock=listening, limit=1 << 16)
        login = replace(way(machine).login, port=server.sockets[0].getsockname()[1])
        async with open_session("vm-1", Connection(login, connect_seconds=5), key, print) as session:
            printed = await session.run(delivery, limit)
        server.close()
        return printed

    return asyncio.run(delivered())


def test_a_delivery_takes_as_long_as_it_moves_on_and_its_script_has_a_limit_of_its_own(machine, key, tmp_path):
    package = tmp_path / "package"
    package.write_bytes(bytes(24 << 20))
    machine.answers["join.sh"] = (0, "done", "")
    begun = time.monotonic()
    assert over_a_slow_line(machine, key, Delivery("join.sh", {}, package), pause=0.05, limit=2.5) == "done"
    assert time.monotonic() - begun > 4


def test_a_delivery_that_does_not_move_on_is_given_up(machine, key, tmp_path, monkeypatch):
    monkeypatch.setattr(session_module, "STALL_SECONDS", 0.5)
    package = tmp_path / "package"
    package.write_bytes(bytes(24 << 20))
    with pytest.raises(SessionLostError, match=r"the delivery of join\.sh did not move on after 0 s"):
        over_a_slow_line(machine, key, Delivery("join.sh", {}, package), pause=20.0, limit=2.5)
