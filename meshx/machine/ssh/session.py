"""Sessions with machines over SSH: only to known hosts, within limits of time, with errors that say what to do.

One session runs any number of deliveries one after the other. Nothing of the user's own SSH configuration or agent is
used, so that a run on another computer behaves the same.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections.abc import AsyncGenerator, Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import asyncssh

from meshx.config.values.host_login import HostLogin
from meshx.machine.delivery import Delivery, remote_command, tar_stream
from meshx.machine.join_inputs import Connection
from meshx.machine.machine_errors import (
    PackageWantedError,
    ScriptError,
    SessionLostError,
    UnfitMachineError,
    UnreachableError,
)
from meshx.machine.node_agent_messages import refusal_told
from meshx.machine.ssh.keys import PrivateKey, known_key, private_key

_Result = TypeVar("_Result")

KEEPALIVE_SECONDS = 5
KEEPALIVE_MISSED = 3
"""A session that hears nothing for 15 s is given up; see also join.sh on sessions that die at the first packet rule."""
RETRY_SECONDS = 1.0
_KEPT_ERROR_LINES = 12

# The statuses of meshx/scripts: receive.sh, join.sh.
_UNFIT = 3
_PACKAGE_WANTED = 10
_NODE_AGENT_REFUSED = 11
_NOT_ARRIVED = 74


class _KnownHost(asyncssh.SSHClient):
    """Remembers the key of a host that is not the known one, for the message; takes any where none is known."""

    def __init__(self, expected: asyncssh.SSHKey | None) -> None:
        self._expected = expected
        self.shown: str = ""
        self.met = False

    def connection_made(self, conn: asyncssh.SSHClientConnection) -> None:
        """Called once the host's port is open (asyncssh, SSHClient)."""
        self.met = True

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:
        """Called for keys other than the known one (asyncssh, SSHClient)."""
        self.shown = key.get_fingerprint()
        return self._expected is None


@dataclass
class Session:
    """An open session; `run` may be called again and again, until it is lost."""

    machine: str
    connection: asyncssh.SSHClientConnection
    user: str
    _lost: bool = False

    @property
    def lost(self) -> bool:
        """Whether it broke off, or something on it did not end in time: what comes next needs another one."""
        return self._lost or self.connection.is_closed()

    async def run(self, delivery: Delivery, seconds: float) -> str:
        """Deliver, run the script, return what it printed.

        Raises UnfitMachineError (nothing changed), PackageWantedError, ScriptError, SessionLostError.
        """
        try:
            return await self._until(self._run(delivery), seconds, delivery.script)
        except SessionLostError:
            self._lost = True
            raise

    async def execute(self, command: str, seconds: float) -> int:
        """Run a command as it is, with nothing to read, and return its status; what it prints goes nowhere.

        Raises SessionLostError.
        """
        running = self.connection.run(command, stdin=asyncssh.DEVNULL)
        try:
            ended = await self._until(running, seconds, "a command")
        except SessionLostError:
            self._lost = True
            raise
        return -1 if ended.exit_status is None else ended.exit_status

    async def _until(self, work: Coroutine[Any, Any, _Result], seconds: float, what: str) -> _Result:
        try:
            return await asyncio.wait_for(work, seconds)
        except asyncio.TimeoutError:
            raise SessionLostError(f"{self.machine}: {what} was not done after {seconds:.0f} s") from None
        except (asyncssh.Error, OSError) as error:
            raise SessionLostError(
                f"{self.machine}: the SSH session broke off while {what} ran ({_words(error)})"
            ) from None

    async def _run(self, delivery: Delivery) -> str:
        process = await self.connection.create_process(remote_command(self.user), encoding=None)
        output = asyncio.gather(process.stdout.read(), process.stderr.read())
        # A script that ends early closes its input; why it did is what counts then.
        with contextlib.suppress(BrokenPipeError, ConnectionError):
            for chunk in tar_stream(delivery):
                process.stdin.write(chunk)
                await process.stdin.drain()
            process.stdin.write_eof()
        out, err = await output
        await process.wait_closed()
        status = process.exit_status
        if status == 0:
            return out.decode("utf-8", "replace")
        raise self._failure(delivery, status, err.decode("utf-8", "replace"))

    def _failure(self, delivery: Delivery, status: int | None, errors: str) -> Exception:
        lines = [line for line in errors.splitlines() if line.strip() and "unable to resolve host" not in line]
        told = "\n".join(lines[-_KEPT_ERROR_LINES:])
        if status is None or status < 0:
            return SessionLostError(f"{self.machine}: {delivery.script} was ended on the machine by a signal")
        if status == _PACKAGE_WANTED:
            return PackageWantedError(f"{self.machine}: the sidecar's package is needed there")
        if any(line.startswith("sudo:") for line in lines) or "sudo: not found" in errors:
            in_sudoers = re.sub(r"[\\@]", r"\\\g<0>", self.user)  # sudoers(5), Other special characters
            return UnfitMachineError(
                f"{self.machine}: user {self.user} may not become root ({told}): log in as root, or let {self.user} "
                f"use sudo without a password (a line `{in_sudoers} ALL=(ALL) NOPASSWD: ALL` in /etc/sudoers.d)"
            )
        if status == _NOT_ARRIVED:
            # tar's words for a write that got nothing, and for one that got a part.
            is_full = "No space left on device" in errors or "Wrote only" in errors
            full = ": its disk is full, make room under /var" if is_full else ""
            return UnfitMachineError(f"{self.machine}: the delivery did not arrive whole{full}\n{told}")
        if status == _UNFIT:
            problems = "\n".join(line.replace("problem: ", "- ", 1) for line in lines)
            verb = "leave" if delivery.script == "leave.sh" else "join"
            return UnfitMachineError(f"{self.machine} cannot {verb} as it is; nothing was changed on it:\n{problems}")
        if status == _NODE_AGENT_REFUSED:
            told = refusal_told(told)
        else:
            told = f"{delivery.script} failed with status {status}:\n{told}"
        return ScriptError(f"{self.machine}: {told}")


@dataclass(frozen=True)
class _Attempt:
    """How to connect: with which key, for how long, once or again and again, and where warnings go."""

    key: asyncssh.SSHKey
    seconds: float
    patient: bool
    warn: Callable[[str], None]


@contextlib.asynccontextmanager
async def open_session(
    machine: str, connection: Connection, key: PrivateKey, warn: Callable[[str], None], patient: bool = False
) -> AsyncGenerator[Session, None]:
    """Open a session to a machine, through its bastion if it has one; UnreachableError.

    Each connection gets `connection.connect_seconds`; with `patient`, a host that refuses or does not answer is tried
    anew until they are over (a machine that is just booting).
    """
    chosen = private_key(key, connection.private_key_file, machine)
    attempt = _Attempt(chosen, connection.connect_seconds, patient, warn)
    async with contextlib.AsyncExitStack() as stack:
        tunnel: asyncssh.SSHClientConnection | None = None
        if connection.bastion is not None:
            name = f"{machine}: bastion {connection.bastion.host}"
            its_key = private_key(key, connection.bastion_key_file or connection.private_key_file, name)
            tunnel = await _connect(name, connection.bastion, replace(attempt, key=its_key))
            stack.push_async_callback(_close, tunnel)
        opened = await _connect(machine, connection.login, attempt, tunnel)
        stack.push_async_callback(_close, opened)
        yield Session(machine, opened, connection.login.user)


async def _close(connection: asyncssh.SSHClientConnection) -> None:
    connection.close()
    with contextlib.suppress(asyncio.TimeoutError, asyncssh.Error, OSError):
        await asyncio.wait_for(connection.wait_closed(), 2)


async def _connect(
    name: str, login: HostLogin, attempt: _Attempt, tunnel: asyncssh.SSHClientConnection | None = None
) -> asyncssh.SSHClientConnection:
    expected = known_key(login.host_key, name) if login.host_key else None
    deadline = time.monotonic() + attempt.seconds
    while True:
        host = _KnownHost(expected)

        def remember(host: _KnownHost = host) -> asyncssh.SSHClient:
            return host

        try:
            opened = await asyncssh.connect(
                login.host,
                login.port,
                username=login.user,
                client_keys=[attempt.key],
                client_factory=remember,
                known_hosts=([expected] if expected else [], [], []),
                tunnel=tunnel,
                config=None,
                agent_path=None,
                preferred_auth="publickey",
                connect_timeout=attempt.seconds,
                login_timeout=attempt.seconds,
                keepalive_interval=KEEPALIVE_SECONDS,
                keepalive_count_max=KEEPALIVE_MISSED,
            )
        except asyncssh.HostKeyNotVerifiable:
            raise UnreachableError(_wrong_key(name, login, expected, host.shown)) from None
        except asyncssh.PermissionDenied:
            raise UnreachableError(
                f"{name}: {login.host} does not let user {login.user} in with the key {attempt.key.get_fingerprint()}: "
                "add its public half to that user's authorized_keys there, or correct ssh.user or privateKeyFile"
            ) from None
        except asyncssh.KeyExchangeFailed as error:
            raise UnreachableError(_no_such_key(name, login, _words(error))) from None
        except (asyncio.TimeoutError, OSError, asyncssh.Error) as error:
            if attempt.patient and time.monotonic() + RETRY_SECONDS < deadline:
                await asyncio.sleep(RETRY_SECONDS)
                continue
            if isinstance(error, asyncssh.ConnectionLost) and host.met and expected:
                # What a host's refusal to exchange keys looks like when its end comes first.
                raise UnreachableError(_no_such_key(name, login, "it hung up")) from None
            raise UnreachableError(
                f"{name}: {login.host} port {login.port} cannot be reached by SSH ({_words(error)}): check that the "
                "machine is up, that ssh.host and ssh.port are right, and that nothing in between blocks the way"
            ) from None
        if expected is None:
            attempt.warn(f"{name}: any host key is taken; it showed {host.shown}. Write it under ssh.hostKey")
        return opened


def _no_such_key(name: str, login: HostLogin, cause: str) -> str:
    return (
        f"{name}: {login.host} and this computer found no way to talk ({cause}); the host may be going down, or have "
        f"no {login.host_key.split(' ')[0]} key: configure one that `ssh-keyscan {login.host}` shows"
    )


def _wrong_key(name: str, login: HostLogin, expected: asyncssh.SSHKey | None, shown: str) -> str:
    wanted = expected.get_fingerprint() if expected else "none"
    return (
        f"{name}: {login.host} shows the host key {shown or '(unknown)'}, and {wanted} is configured: if the machine "
        "was installed anew, put its new key under ssh.hostKey; otherwise another host answers in its place"
    )


def _words(error: BaseException) -> str:
    if isinstance(error, asyncio.TimeoutError):
        return "no answer in time"
    if isinstance(error, asyncssh.Error):
        return error.reason or type(error).__name__
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__
