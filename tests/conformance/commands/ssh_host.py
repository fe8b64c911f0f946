"""A host for tests: a real SSH server in this process that runs what it is told in a shell of this computer."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncssh
from asyncssh.channel import SSHServerChannel

ACCEPTED_VARIABLES = ("GREETING", "PULUMI_COMMAND_STDOUT", "PULUMI_COMMAND_STDERR")


def _take_variable(channel: SSHServerChannel, packet: asyncssh.packet.SSHPacket) -> bool:
    """Take the variables of ACCEPTED_VARIABLES only, as `AcceptEnv` of sshd_config(5) does; asyncssh takes all."""
    name, value = packet.get_string(), packet.get_string()
    if name.decode() not in ACCEPTED_VARIABLES:
        return False
    channel._env[name] = value
    return True


class _Connection(asyncssh.SSHServer):
    def __init__(self, host: SshHost) -> None:
        self._host = host

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._host.dialled += 1
        if self._host.dialled <= self._host.hangs_up:
            conn.abort()

    def connection_requested(self, dest_host: str, dest_port: int, orig_host: str, orig_port: int) -> bool:
        self._host.forwarded.append(dest_port)
        return True


@dataclass
class SshHost:
    """Serves on a port of 127.0.0.1 for user `root` with `client_key`; commands run in `folder`."""

    folder: Path
    client_key: asyncssh.SSHKey
    private_key: str
    """The key as text: the same whenever it is asked for, which an export is not."""
    port: int = 0
    host_key: str = ""
    hangs_up: int = 0
    """How many of the first connections break off at once."""
    dialled: int = 0
    forwarded: list[int] = field(default_factory=list)
    """The ports that it was asked to connect on to."""

    def connection(self, **more: Any) -> dict[str, Any]:
        """The input `connection` that leads here, with what differs from it."""
        known = {"host": "127.0.0.1", "port": self.port, "privateKey": self.private_key, "hostKey": self.host_key}
        return {**known, "dialErrorLimit": 1, "perDialTimeout": 10, **more}

    def written(self, name: str = "log") -> str:
        """What commands wrote into a file of the folder; empty if there is none."""
        file = self.folder / name
        return file.read_text() if file.exists() else ""

    async def serve(self, process: asyncssh.SSHServerProcess[bytes]) -> None:
        """Run one command for a client, once all that it is to read has come."""
        given = await process.stdin.read()
        shell = await asyncio.create_subprocess_exec(
            *("sh", "-c", process.command or "exit"),
            cwd=self.folder,
            env={**os.environ, **{str(name): str(value) for name, value in process.env.items()}},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        printed, complaints = await shell.communicate(given)
        process.stdout.write(printed)
        process.stderr.write(complaints)
        status = shell.returncode or 0
        if status < 0:
            process.exit_with_signal(signal.Signals(-status).name.removeprefix("SIG"))
        else:
            process.exit(status)


class SshHosts:
    """Starts hosts in a thread with a loop of its own, and ends them."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._servers: list[asyncssh.SSHAcceptor] = []
        self._usual = SSHServerChannel._process_env_request
        SSHServerChannel._process_env_request = _take_variable  # type: ignore[method-assign]

    def start(self, folder: Path, client_key: asyncssh.SSHKey) -> SshHost:
        """A new host whose commands run in `folder`."""
        host = SshHost(folder, client_key, client_key.export_private_key().decode())
        key = asyncssh.generate_private_key("ssh-ed25519")
        host.host_key = key.export_public_key().decode().strip()
        authorized = asyncssh.import_authorized_keys(client_key.export_public_key().decode())

        async def listen() -> asyncssh.SSHAcceptor:
            return await asyncssh.listen(
                "127.0.0.1",
                0,
                server_host_keys=[key],
                authorized_client_keys=authorized,
                server_factory=lambda: _Connection(host),
                process_factory=host.serve,
                encoding=None,
            )

        server = asyncio.run_coroutine_threadsafe(listen(), self._loop).result(30)
        self._servers.append(server)
        host.port = server.get_port()
        return host

    def close(self) -> None:
        """End all hosts."""
        SSHServerChannel._process_env_request = self._usual  # type: ignore[method-assign]
        for server in self._servers:
            self._loop.call_soon_threadsafe(server.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
