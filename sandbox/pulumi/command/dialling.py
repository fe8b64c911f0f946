"""Connects as the official plugin does: repeatedly, through a proxy, with a check of the host's key.

Official plugin: provider/pkg/provider/remote/connection.go (SSHConfig, dialWithRetry, Dial); pulumi/sdk,
go/common/util/retry/until.go (pauses); the texts are those of golang.org/x/crypto/ssh.
"""

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import asyncssh

from meshx.plugin_base.custom_resource import Operation, ResourceError
from sandbox.pulumi.command.go_text import endpoint
from sandbox.pulumi.command.login import settings_of
from sandbox.pulumi.command.service import Status

FIRST_PAUSE_SECONDS = 0.1
PAUSE_GROWTH = 1.5
LONGEST_PAUSE_SECONDS = 5.0
UNLIMITED = -1
_CHECK_SECONDS = 0.1

_Opened = TypeVar("_Opened")


@dataclass
class _Limit:
    """When dialling ends regardless of its count: the operation's time limit, or its cancellation."""

    operation: Operation
    begun: float = field(default_factory=time.monotonic)

    def check(self) -> None:
        if self.operation.cancelled.is_set():
            raise ResourceError("context canceled")
        if self.operation.timeout and time.monotonic() - self.begun >= self.operation.timeout:
            raise ResourceError("context deadline exceeded")

    async def wait(self, seconds: float) -> None:
        """Wait, but not beyond the end of dialling; then it raises ResourceError."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self.check()
            await asyncio.sleep(min(left, _CHECK_SECONDS))
        self.check()


@contextlib.asynccontextmanager
async def dialled(
    connection: dict[str, Any], operation: Operation
) -> AsyncGenerator[asyncssh.SSHClientConnection, None]:
    """An open connection to the host of checked inputs. Raises ResourceError with the official text."""
    limit = _Limit(operation)
    async with contextlib.AsyncExitStack() as stack:
        proxy = connection.get("proxy")
        settings = await settings_of(connection, stack)
        if proxy is None:
            opened = await _until_dialled("Dial", connection, limit, lambda: _dial(connection, settings))
        else:
            try:
                proxy_settings = await settings_of(proxy, stack)
                tunnel = await _until_dialled("Dial proxy", proxy, limit, lambda: _dial(proxy, proxy_settings))
                stack.callback(tunnel.close)
                opened = await _through(tunnel, connection, settings, limit)
            except ResourceError as error:
                raise ResourceError(f"proxy: {error}") from None
        stack.callback(opened.close)
        yield opened


async def _through(
    tunnel: asyncssh.SSHClientConnection, connection: dict[str, Any], settings: dict[str, Any], limit: _Limit
) -> asyncssh.SSHClientConnection:
    """The connection from the proxy on: as many tries to reach the host, then one handshake.

    It repeats a failed handshake as often, too, but over what the first try has left of the connection: nothing.
    """
    failed: list[ResourceError] = []

    async def reach() -> asyncssh.SSHClientConnection | None:
        try:
            return await _dial(connection, settings, tunnel)
        except asyncssh.ChannelOpenError as error:
            raise ResourceError(f"ssh: rejected: connect failed ({error.reason})") from None
        except ResourceError as error:
            failed.append(error)
            return None

    async def again() -> asyncssh.SSHClientConnection:
        raise failed.pop() if failed else ResourceError("ssh: handshake failed: EOF")

    return await _until_dialled("Dial from proxy", connection, limit, reach) or await _until_dialled(
        "Dial", connection, limit, again
    )


async def _dial(
    connection: dict[str, Any], settings: dict[str, Any], tunnel: asyncssh.SSHClientConnection | None = None
) -> asyncssh.SSHClientConnection:
    """One connection. `perDialTimeout` is for TCP alone: it waits without end for a host that is silent afterwards."""
    seconds = connection["perDialTimeout"] or None
    host, port = connection["host"], int(connection["port"])
    place = f"dial tcp {endpoint(host, port)}"
    try:
        way = {"tunnel": tunnel} if tunnel else {"sock": await asyncio.to_thread(_reached, host, port, seconds)}
    except socket.gaierror:
        raise ResourceError(f"dial tcp: lookup {host}: no such host") from None
    except TimeoutError:
        raise ResourceError(f"{place}: i/o timeout") from None
    except OSError as error:
        raise ResourceError(f"{place}: connect: {_words(error)}") from None
    try:
        return await asyncssh.connect(
            host, port, username=connection["user"], config=None, login_timeout=0, **way, **settings
        )
    except asyncssh.ChannelOpenError:
        raise
    except asyncssh.HostKeyNotVerifiable:
        raise ResourceError("ssh: handshake failed: ssh: host key mismatch") from None
    except asyncssh.KeyExchangeFailed:
        raise ResourceError("ssh: handshake failed: ssh: no common algorithm for host key") from None
    except asyncssh.PermissionDenied:
        tried = "none publickey" if settings["client_keys"] else "none"
        raise ResourceError(
            f"ssh: handshake failed: ssh: unable to authenticate, attempted methods [{tried}], "
            "no supported methods remain"
        ) from None
    except asyncssh.ConnectionLost:
        raise ResourceError("ssh: handshake failed: EOF") from None
    except asyncssh.Error as error:
        raise ResourceError(f"ssh: handshake failed: {error.reason or type(error).__name__}") from None
    except OSError as error:
        raise ResourceError(f"ssh: handshake failed: read tcp {endpoint(host, port)}: {_words(error)}") from None


def _reached(host: str, port: int, seconds: float | None) -> socket.socket:
    opened = socket.create_connection((host, port), seconds)
    opened.setblocking(False)
    return opened


def _words(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


async def _until_dialled(
    what: str, connection: dict[str, Any], limit: _Limit, dial: Callable[[], Awaitable[_Opened]]
) -> _Opened:
    """The result of `dial`, tried as often as the connection's limit allows and once more."""
    most, failed, pause = int(connection["dialErrorLimit"]), 0, FIRST_PAUSE_SECONDS
    while True:
        try:
            return await dial()
        except ResourceError as error:
            if most > UNLIMITED and failed >= most:
                raise ResourceError(f"after {failed} failed attempts: {error}") from None
        failed += 1
        most_text = "inf" if most == UNLIMITED else str(most)
        limit.operation.inform(Status(f"{what} {failed}/{most_text} failed: retrying"))
        await limit.wait(pause)
        pause = min(pause * PAUSE_GROWTH, LONGEST_PAUSE_SECONDS)
