"""Connections as the official plugin makes them: tried again and again, through a proxy, with the host's key checked.

Official plugin: provider/pkg/provider/remote/connection.go (SSHConfig, dialWithRetry, Dial); pulumi/sdk,
go/common/util/retry/until.go (pauses); the texts are those of golang.org/x/crypto/ssh.
"""

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import asyncssh

from meshx.provider.custom_resource import Operation, ResourceError, Severity

FIRST_PAUSE_SECONDS = 0.1
PAUSE_GROWTH = 1.5
LONGEST_PAUSE_SECONDS = 5.0
UNLIMITED = -1
AGENT_VARIABLE = "SSH_AUTH_SOCK"


class _FixedHost(asyncssh.SSHClient):
    """Takes the one key that is expected, or any where none is."""

    def __init__(self, expected: asyncssh.SSHKey | None) -> None:
        self._expected = expected

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:
        """Called for keys that asyncssh does not know (asyncssh, SSHClient)."""
        return self._expected is None


@dataclass
class _Limit:
    """When dialling ends whatever its count says: the operation's time limit, or its cancellation."""

    operation: Operation
    begun: float = field(default_factory=time.monotonic)

    def check(self) -> None:
        if self.operation.cancelled.is_set():
            raise ResourceError("context canceled")
        if self.operation.timeout and time.monotonic() - self.begun >= self.operation.timeout:
            raise ResourceError("context deadline exceeded")


@contextlib.asynccontextmanager
async def dialled(
    connection: dict[str, Any], operation: Operation
) -> AsyncGenerator[asyncssh.SSHClientConnection, None]:
    """An open connection to the host of checked inputs. Raises ResourceError with the official text."""
    limit = _Limit(operation)
    async with contextlib.AsyncExitStack() as stack:
        proxy = connection.get("proxy")
        settings = await _settings(connection, stack)
        if proxy is None:
            opened = await _until_dialled(connection, limit, lambda: _dial(connection, settings))
        else:
            try:
                proxy_settings = await _settings(proxy, stack)
                tunnel = await _until_dialled(proxy, limit, lambda: _dial(proxy, proxy_settings))
                stack.callback(tunnel.close)
                opened = await _until_dialled(connection, limit, lambda: _dial(connection, settings, tunnel))
            except ResourceError as error:
                raise ResourceError(f"proxy: {error}") from None
        stack.callback(opened.close)
        yield opened


async def _settings(connection: dict[str, Any], stack: contextlib.AsyncExitStack) -> dict[str, Any]:
    """What asyncssh needs to know the host and to log in; what is wrong with the keys fails at once, as officially.

    stack: ends the session with an SSH agent.
    """
    expected: asyncssh.SSHKey | None = None
    try:
        if connection.get("hostKey"):
            expected = asyncssh.import_public_key(connection["hostKey"])
    except asyncssh.KeyImportError:
        raise ResourceError("failed to parse host key: ssh: no key found") from None
    keys: list[asyncssh.SSHKey | asyncssh.SSHKeyPair] = []
    try:
        if connection.get("privateKey"):
            keys = [asyncssh.import_private_key(connection["privateKey"], connection.get("privateKeyPassword"))]
    except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError) as error:
        locked = "assphrase" in str(error)
        raise ResourceError(
            "ssh: this private key is passphrase protected" if locked else "ssh: no key found"
        ) from None
    socket = connection.get("agentSocketPath") or os.environ.get(AGENT_VARIABLE)
    if socket:
        try:
            agent = await asyncssh.connect_agent(socket)
        except OSError as error:
            raise ResourceError(f"dial unix {socket}: connect: {_words(error)}") from None
        stack.callback(agent.close)
        keys += await agent.get_keys()
    return {
        # Unlike an empty list, None keeps asyncssh from looking for keys in the home folder.
        "client_keys": keys or None,
        "agent_path": None,
        "password": connection.get("password"),
        "client_factory": lambda: _FixedHost(expected),
        "known_hosts": ([expected] if expected else [], [], []),
    }


async def _dial(
    connection: dict[str, Any], settings: dict[str, Any], tunnel: asyncssh.SSHClientConnection | None = None
) -> asyncssh.SSHClientConnection:
    seconds = connection["perDialTimeout"] or None
    host, port = connection["host"], int(connection["port"])
    try:
        return await asyncssh.connect(
            host,
            port,
            username=connection["user"],
            tunnel=tunnel,
            config=None,
            connect_timeout=seconds,
            login_timeout=seconds or 0,
            **settings,
        )
    except asyncssh.HostKeyNotVerifiable:
        raise ResourceError("ssh: handshake failed: ssh: host key mismatch") from None
    except asyncssh.PermissionDenied:
        tried = "none publickey" if settings["client_keys"] else "none"
        raise ResourceError(
            f"ssh: handshake failed: ssh: unable to authenticate, attempted methods [{tried}], "
            "no supported methods remain"
        ) from None
    except asyncssh.Error as error:
        raise ResourceError(f"ssh: handshake failed: {error.reason or type(error).__name__}") from None
    except asyncio.TimeoutError:
        raise ResourceError(f"dial tcp {host}:{port}: i/o timeout") from None
    except OSError as error:
        raise ResourceError(f"dial tcp {host}:{port}: connect: {_words(error)}") from None


def _words(error: OSError) -> str:
    # asyncio joins the texts of several addresses and of its own around the system's.
    return "connection refused" if isinstance(error, ConnectionRefusedError) else (error.strerror or str(error)).lower()


async def _until_dialled(
    connection: dict[str, Any],
    limit: _Limit,
    dial: Callable[[], Awaitable[asyncssh.SSHClientConnection]],
) -> asyncssh.SSHClientConnection:
    most, failed, pause = int(connection["dialErrorLimit"]), 0, FIRST_PAUSE_SECONDS
    while True:
        limit.check()
        try:
            return await dial()
        except ResourceError as error:
            if most > UNLIMITED and failed >= most:
                raise ResourceError(f"after {failed} failed attempts: {error}") from None
        failed += 1
        most_text = "inf" if most == UNLIMITED else str(most)
        limit.operation.log(Severity.DEBUG, f"Dial {failed}/{most_text} failed: retrying")
        await asyncio.sleep(pause)
        pause = min(pause * PAUSE_GROWTH, LONGEST_PAUSE_SECONDS)
