"""Connects to a host over SSH: only to the known one, patiently if it takes no more, or says why it cannot."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass

import asyncssh

from meshx.machine.join_inputs import HostLogin
from meshx.machine.machine_errors import UnreachableError
from meshx.machine.ssh.door import Door, ShutError
from meshx.machine.ssh.keys import known_key
from meshx.machine.ssh.shared_connections import connections
from meshx.plugin_base.waiting import Wait

KEEPALIVE_SECONDS = 5
KEEPALIVE_MISSED = 3
"""meshx gives up a connection that hears nothing for 15 s; see also join.sh on sessions that die at the first packet
rule."""


class _KnownHost(asyncssh.SSHClient):
    """Remembers the key of an unexpected host for the message; accepts any key if none is known."""

    def __init__(self, expected: asyncssh.SSHKey | None) -> None:
        self._expected = expected
        self._connection: asyncssh.SSHClientConnection | None = None
        self.shown: str = ""

    @property
    def met(self) -> bool:
        """Whether its port was open."""
        return self._connection is not None

    @property
    def greeted(self) -> bool:
        """Whether the host sent its SSH version, the first thing it says (RFC 4253, 4.2)."""
        return self._connection is not None and self._connection.get_extra_info("server_version") is not None

    def connection_made(self, conn: asyncssh.SSHClientConnection) -> None:
        """Called once the host's port is open (asyncssh, SSHClient)."""
        self._connection = conn

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:
        """Called for keys other than the known one (asyncssh, SSHClient)."""
        self.shown = key.get_fingerprint()
        return self._expected is None


@dataclass(frozen=True)
class Attempt:
    """How to connect: with which key, for how long, once or repeatedly, where warnings go, what cancels it."""

    key: asyncssh.SSHKey
    seconds: float
    patient: bool
    warn: Callable[[str], None]
    cancelled: threading.Event
    tunnel: asyncssh.SSHClientConnection | None = None
    bastion: HostLogin | None = None
    """The host whose connection the tunnel is."""


class _SilentError(Exception):
    """The host does not answer, or not as SSH does; the text is the message."""


async def connect(name: str, login: HostLogin, attempt: Attempt) -> asyncssh.SSHClientConnection:
    """Return the connection to a host, which messages call `name`; UnreachableError."""
    expected = known_key(login.host_key, name) if login.host_key else None
    door = connections().door((login.host, login.port, attempt.bastion))
    wait = Wait(attempt.cancelled, attempt.seconds if attempt.patient else 0.0, first=1.0)
    while True:
        try:
            return await door.enter(lambda: _knock(name, login, attempt, expected, door), attempt.cancelled)
        except ShutError as error:
            raise UnreachableError(f"{name}: {login.host} port {login.port} {error}") from None
        except _SilentError as error:
            if not await wait.pause_async():
                raise UnreachableError(f"{name}: {error}") from None


async def _knock(
    name: str,
    login: HostLogin,
    attempt: Attempt,
    expected: asyncssh.SSHKey | None,
    door: Door,
) -> asyncssh.SSHClientConnection:
    host = _KnownHost(expected)
    try:
        opened = await asyncssh.connect(
            login.host,
            login.port,
            username=login.user,
            client_keys=[attempt.key],
            client_factory=lambda: host,
            known_hosts=([expected] if expected else [], [], []),
            tunnel=attempt.tunnel,
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
        raise UnreachableError(f"{name}: {_no_such_key(login, in_words(error))}") from None
    except (asyncio.TimeoutError, OSError, asyncssh.Error) as error:
        raise _refusal(login, expected, host, door, error) from None
    if expected is None:
        attempt.warn(f"{name}: any host key is taken; it showed {host.shown}. Write it under ssh.hostKey")
    return opened


def _refusal(
    login: HostLogin, expected: asyncssh.SSHKey | None, host: _KnownHost, door: Door, error: Exception
) -> Exception:
    """Why there is no connection; ShutError if there may be one in a while."""
    if host.met and not host.greeted and not isinstance(error, asyncio.TimeoutError):
        return ShutError(
            "takes a connection and closes it before its first word: too many log in there at once (MaxStartups in its "
            "sshd_config), or it is going down. Raise that, or lower meshx:ssh.maxConnections"
        )
    if isinstance(error, asyncssh.ConnectionLost) and host.met and expected:
        # A host that refuses to exchange keys looks like this if its end of the connection arrives first.
        return _SilentError(_no_such_key(login, "it hung up"))
    if door.let_in:
        return ShutError(
            f"takes no further connection ({in_words(error)}), though it has taken {door.let_in} in this run: a rule "
            "may limit how many are new in a span of time, as `ufw limit` does. Let this computer past it, or lower "
            "meshx:ssh.maxConnections"
        )
    return _SilentError(
        f"{login.host} port {login.port} cannot be reached by SSH ({in_words(error)}): check that the machine is up, "
        "that ssh.host and ssh.port are right, and that nothing in between blocks the way"
    )


def _no_such_key(login: HostLogin, cause: str) -> str:
    return (
        f"{login.host} and this computer found no way to talk ({cause}); the host may be going down, or have "
        f"no {login.host_key.split(' ')[0]} key: configure one that `ssh-keyscan {login.host}` shows"
    )


def _wrong_key(name: str, login: HostLogin, expected: asyncssh.SSHKey | None, shown: str) -> str:
    wanted = expected.get_fingerprint() if expected else "none"
    return (
        f"{name}: {login.host} shows the host key {shown or '(unknown)'}, and {wanted} is configured: if the machine "
        "was installed anew, put its new key under ssh.hostKey; otherwise another host answers in its place"
    )


def in_words(error: BaseException) -> str:
    if isinstance(error, asyncio.TimeoutError):
        return "no answer in time"
    if isinstance(error, asyncssh.Error):
        return error.reason or type(error).__name__
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__
