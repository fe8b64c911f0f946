"""Sessions with machines over SSH: only to known hosts, with time limits, with errors that say what to do.

One session runs any number of deliveries one after the other. It ignores the user's own SSH configuration and agent, so
that a run on another computer behaves the same.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from dataclasses import dataclass, replace
from typing import TypeVar

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
from meshx.machine.ssh.connecting import Attempt, connect, in_words
from meshx.machine.ssh.keys import PrivateKey, private_key
from meshx.machine.ssh.shared_connections import close, connections

STALL_SECONDS = 150.0
"""How long a delivery may stall: before a machine takes any, it waits up to 120 s for another run there to end."""
_CHANNEL_SECONDS = 30.0
_KEPT_ERROR_LINES = 12
_LOOK_SECONDS = 0.05

# Exit statuses of meshx/scripts: receive.sh, join.sh.
_UNFIT = 3
_PACKAGE_WANTED = 10
_NODE_AGENT_REFUSED = 11
_NOT_ARRIVED = 74

_Result = TypeVar("_Result")


@dataclass
class Session:
    """An open session; `run` may be called again and again, until it is lost."""

    machine: str
    connection: asyncssh.SSHClientConnection
    user: str
    _lost: bool = False

    @property
    def lost(self) -> bool:
        """Whether it broke off, or something on it exceeded its limit: whatever comes next needs another session."""
        return self._lost or self.connection.is_closed()

    async def run(self, delivery: Delivery, seconds: float) -> str:
        """Deliver, run the script for at most so many seconds, return what it printed.

        The delivery may take any time while it moves. Raises UnfitMachineError (nothing changed), PackageWantedError,
        ScriptError, SessionLostError.
        """
        with self._told(delivery.script):
            process = await self._within(
                _CHANNEL_SECONDS,
                self.connection.create_process(remote_command(self.user), encoding=None),
                f"{delivery.script} was not begun",
            )
            output = asyncio.gather(process.stdout.read(), process.stderr.read())
            try:
                await self._send(delivery, process, output)
                out, err = await self._within(seconds, asyncio.shield(output), f"{delivery.script} was not done")
                await process.wait_closed()
            finally:
                # How it ends no longer matters.
                output.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
                output.cancel()
        status = process.exit_status
        if status == 0:
            return out.decode("utf-8", "replace")
        failure = self._failure(delivery, status, err.decode("utf-8", "replace"))
        self._lost = self._lost or isinstance(failure, SessionLostError)
        raise failure

    async def execute(self, command: str, seconds: float) -> int:
        """Run a command as it is, without input, and return its exit status; its output is dropped.

        Raises SessionLostError.
        """
        with self._told("a command"):
            running = self.connection.run(command, stdin=asyncssh.DEVNULL)
            ended = await self._within(seconds, running, "a command was not done")
        return -1 if ended.exit_status is None else ended.exit_status

    async def _send(
        self,
        delivery: Delivery,
        process: asyncssh.SSHClientProcess[bytes],
        output: asyncio.Future[tuple[bytes, bytes]],
    ) -> None:
        stalled = f"the delivery of {delivery.script} did not move on"
        # A script that ends early closes its input; what counts is why it ended.
        with contextlib.suppress(BrokenPipeError, ConnectionError):
            for chunk in tar_stream(delivery):
                process.stdin.write(chunk)
                await self._within(STALL_SECONDS, process.stdin.drain(), stalled)
            process.stdin.write_eof()
            while (left := process.channel.get_write_buffer_size()) and not output.done():
                await self._within(STALL_SECONDS, _moved_on(process, left, output), stalled)

    async def _within(self, seconds: float, work: Awaitable[_Result], what: str) -> _Result:
        try:
            return await asyncio.wait_for(work, seconds)
        except asyncio.TimeoutError:
            raise SessionLostError(f"{self.machine}: {what} after {seconds:.0f} s") from None

    @contextlib.contextmanager
    def _told(self, what: str) -> Generator[None]:
        try:
            yield
        except SessionLostError:
            self._lost = True
            raise
        except (asyncssh.Error, OSError) as error:
            self._lost = True
            raise SessionLostError(
                f"{self.machine}: the SSH session broke off while {what} ran ({in_words(error)})"
            ) from None

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
            # What tar prints if a write fails, and if it wrote only a part.
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


@contextlib.asynccontextmanager
async def open_session(
    machine: str,
    connection: Connection,
    key: PrivateKey,
    warn: Callable[[str], None],
    *,
    patient: bool = False,
    cancelled: threading.Event | None = None,
) -> AsyncGenerator[Session, None]:
    """Open a session to a machine, through its bastion if it has one; UnreachableError.

    Each connection gets `connection.connect_seconds`; with `patient`, it keeps trying a host that refuses or does not
    answer until they are over (the machine may be booting). It always waits for a host that takes no more connections
    just now. All sessions through a bastion share the connection to it.
    """
    attempt = Attempt(
        private_key(key, connection.private_key_file, machine),
        connection.connect_seconds,
        patient,
        warn,
        cancelled or threading.Event(),
    )
    async with contextlib.AsyncExitStack() as stack:
        if connection.bastion is None:
            opened = await connect(machine, connection.login, attempt)
        else:
            name = f"{machine}: bastion {connection.bastion.host}"
            its_key = private_key(key, connection.bastion_key_file or connection.private_key_file, name)
            to_bastion = replace(attempt, key=its_key)
            opened = await _through(connection.bastion, to_bastion, machine, connection.login, attempt, stack=stack)
        stack.push_async_callback(close, opened)
        yield Session(machine, opened, connection.login.user)


async def _through(
    bastion: HostLogin,
    to_bastion: Attempt,
    machine: str,
    login: HostLogin,
    attempt: Attempt,
    *,
    stack: contextlib.AsyncExitStack,
) -> asyncssh.SSHClientConnection:
    while True:
        tunnel = await _tunnel(machine, bastion, to_bastion, stack)
        try:
            return await connect(machine, login, replace(attempt, tunnel=tunnel, bastion=bastion))
        except UnreachableError:
            # The bastion's own connection may have broken off: then this says nothing about the machine.
            if not tunnel.is_closed():
                raise


async def _tunnel(
    machine: str, bastion: HostLogin, attempt: Attempt, stack: contextlib.AsyncExitStack
) -> asyncssh.SSHClientConnection:
    shared = connections().bastion(
        (bastion, attempt.key.get_fingerprint()), lambda: connect(f"bastion {bastion.host}", bastion, attempt)
    )
    try:
        return await stack.enter_async_context(shared)
    except UnreachableError as error:
        raise UnreachableError(f"{machine}: {error}") from None


async def _moved_on(
    process: asyncssh.SSHClientProcess[bytes], left: int, output: asyncio.Future[tuple[bytes, bytes]]
) -> None:
    while process.channel.get_write_buffer_size() >= left and not output.done():
        await asyncio.sleep(_LOOK_SECONDS)
