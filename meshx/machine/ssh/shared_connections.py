"""All connections of this process: how many at once, one to each bastion for all that go through it, one door a host.

They belong to an event loop: the plugin has one for all its operations (loop.py).
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import weakref
from collections.abc import AsyncGenerator, Awaitable, Callable, Hashable

import asyncssh

from meshx.machine.machine_errors import UntouchedError
from meshx.machine.ssh.door import Door
from meshx.plugin_base.waiting import Wait

IDLE_SECONDS = 30.0
"""How long a bastion's connection stays open for the next machine; rate limits count every new one."""


class Connections:
    """What the sessions of one event loop share."""

    def __init__(self) -> None:
        self._doors: dict[Hashable, Door] = {}
        self._bastions: dict[Hashable, _SharedConnection] = {}
        self._taken = 0

    @contextlib.asynccontextmanager
    async def place(self, most: int, cancelled: threading.Event) -> AsyncGenerator[None]:
        """Wait for one of so many places for connections to machines, and hold it. UntouchedError at the run's end."""
        wait = Wait(cancelled, first=0.05, most=0.5)
        while self._taken >= most:
            if not await wait.pause_async():
                raise UntouchedError("the run was cancelled before there was a connection")
        self._taken += 1
        try:
            yield
        finally:
            self._taken -= 1

    def door(self, host: Hashable) -> Door:
        """The door of a host, by its name, its port and the bastion before it."""
        return self._doors.setdefault(host, Door())

    @contextlib.asynccontextmanager
    async def bastion(
        self, key: Hashable, connect: Callable[[], Awaitable[asyncssh.SSHClientConnection]]
    ) -> AsyncGenerator[asyncssh.SSHClientConnection]:
        """The connection to a bastion; `connect` makes it if there is none. All share it, and its failure."""
        shared = self._bastions.setdefault(key, _SharedConnection())
        async with shared.used(connect) as connection:
            yield connection


_OF_LOOPS: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Connections] = weakref.WeakKeyDictionary()


def connections() -> Connections:
    """The connections of the running loop."""
    return _OF_LOOPS.setdefault(asyncio.get_running_loop(), Connections())


async def close(connection: asyncssh.SSHClientConnection) -> None:
    """Close a connection, and wait a moment for its end."""
    connection.close()
    with contextlib.suppress(asyncio.TimeoutError, asyncssh.Error, OSError):
        await asyncio.wait_for(connection.wait_closed(), 2)


class _SharedConnection:
    def __init__(self) -> None:
        self._dial: asyncio.Future[asyncssh.SSHClientConnection] | None = None
        self._users = 0
        self._idle: asyncio.Task[None] | None = None

    @contextlib.asynccontextmanager
    async def used(
        self, connect: Callable[[], Awaitable[asyncssh.SSHClientConnection]]
    ) -> AsyncGenerator[asyncssh.SSHClientConnection]:
        self._users += 1
        if self._idle is not None:
            self._idle.cancel()
        try:
            yield await self._opened(connect)
        finally:
            self._users -= 1
            if self._users == 0:
                self._idle = asyncio.ensure_future(self._close_when_idle())

    async def _opened(
        self, connect: Callable[[], Awaitable[asyncssh.SSHClientConnection]]
    ) -> asyncssh.SSHClientConnection:
        if self._dial is None or (self._dial.done() and (self._dial.exception() or self._dial.result().is_closed())):
            self._dial = asyncio.ensure_future(connect())
        # Whoever gives up leaves it to the others.
        return await asyncio.shield(self._dial)

    async def _close_when_idle(self) -> None:
        try:
            await asyncio.sleep(IDLE_SECONDS)
        finally:
            # Also where the loop itself ends.
            if self._users == 0 and self._dial is not None and self._dial.done() and not self._dial.exception():
                self._dial.result().close()
