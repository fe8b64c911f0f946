"""Who logs in, and which host to trust: the keys in a connection's inputs.

Official plugin: provider/pkg/provider/remote/{connection,connection_unix}.go (SSHConfig); the texts are those of
golang.org/x/crypto/ssh (ParsePrivateKey, ParseAuthorizedKey) and Go's net.
"""

import contextlib
import os
import re
from typing import Any

import asyncssh

from meshx.plugin_base.custom_resource import ResourceError

AGENT_VARIABLE = "SSH_AUTH_SOCK"
_BEGIN = re.compile(r"^-----BEGIN ([A-Z0-9 ]+)-----", re.MULTILINE)
# Encrypted PKCS#8, which Go's ssh does not read.
_UNREADABLE = "ENCRYPTED PRIVATE KEY"


class _FixedHost(asyncssh.SSHClient):
    """Accepts only the expected key, or any if none is expected."""

    def __init__(self, expected: asyncssh.SSHKey | None) -> None:
        self._expected = expected

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:
        """Called for keys that asyncssh does not know (asyncssh, SSHClient)."""
        return self._expected is None


async def settings_of(connection: dict[str, Any], stack: contextlib.AsyncExitStack) -> dict[str, Any]:
    """What asyncssh needs to know the host and to log in; fails at once if something is wrong with the keys.

    stack: ends the session with an SSH agent. Raises ResourceError.
    """
    expected: asyncssh.SSHKey | None = None
    if connection.get("hostKey") is not None:
        try:
            expected = asyncssh.import_public_key(connection["hostKey"])
        except asyncssh.KeyImportError:
            raise ResourceError("failed to parse host key: ssh: no key found") from None
    keys: list[asyncssh.SSHKey | asyncssh.SSHKeyPair] = []
    if connection.get("privateKey") is not None:
        keys = [_private_key(connection["privateKey"], connection.get("privateKeyPassword"))]
    keys += await _agents_keys(connection.get("agentSocketPath"), stack)
    return {
        # Unlike an empty list, None keeps asyncssh from looking for keys in the home folder.
        "client_keys": keys or None,
        "agent_path": None,
        "password": connection.get("password"),
        "client_factory": lambda: _FixedHost(expected),
        "known_hosts": ([expected] if expected else [], [], []),
    }


def _private_key(text: str, password: str | None) -> asyncssh.SSHKey:
    begun = _BEGIN.search(text)
    if begun is None:
        raise ResourceError("ssh: no key found")
    if begun.group(1) == _UNREADABLE:
        if password is not None:
            raise ResourceError("ssh: not an encrypted key")
        raise ResourceError(f'ssh: unsupported key type "{_UNREADABLE}"')
    locked = _is_locked(text)
    if locked and password is None:
        raise ResourceError("ssh: this private key is passphrase protected")
    if not locked and password is not None:
        openssh = begun.group(1).startswith("OPENSSH")
        raise ResourceError("ssh: key is not password protected" if openssh else "ssh: not an encrypted key")
    try:
        return asyncssh.import_private_key(text, password)
    except asyncssh.KeyEncryptionError:
        raise ResourceError("x509: decryption password incorrect") from None
    except asyncssh.KeyImportError:
        raise ResourceError("ssh: no key found") from None


def _is_locked(text: str) -> bool:
    try:
        asyncssh.import_private_key(text)
    except (asyncssh.KeyEncryptionError, asyncssh.KeyImportError) as error:
        return "assphrase" in str(error)
    return False


async def _agents_keys(named: str | None, stack: contextlib.AsyncExitStack) -> list[asyncssh.SSHKeyPair]:
    """The keys of the agent behind the socket `named`, else behind the variable, if that is set."""
    if named == "":
        raise ResourceError("dial unix: missing address")
    socket = named or os.environ.get(AGENT_VARIABLE)
    if not socket:
        return []
    try:
        agent = await asyncssh.connect_agent(socket)
    except OSError as error:
        raise ResourceError(f"dial unix {socket}: connect: {(error.strerror or str(error)).lower()}") from None
    stack.callback(agent.close)
    return list(await agent.get_keys())
