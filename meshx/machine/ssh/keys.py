"""The keys of a session: the private key to log in with, and the public key that a host must show."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncssh

from meshx.machine.machine_errors import UnreachableError


@dataclass(frozen=True)
class PrivateKey:
    """The stack's private key: its file's name, its text (which no message ever holds), or the name of the environment
    variable with the text."""

    file: str | None = None
    text: str | None = field(default=None, repr=False)
    variable: str | None = None

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> PrivateKey:
        """Read it of the provider's configuration."""
        return cls(
            settings.get("sshPrivateKeyFile"), settings.get("sshPrivateKey"), settings.get("sshPrivateKeyVariable")
        )


def private_key(stack: PrivateKey, file_of_machine: str | None, machine: str) -> asyncssh.SSHKey:
    """Return the key for a machine: its own file, else the stack's; UnreachableError with the remedy."""
    file = file_of_machine or stack.file
    where = file or (f"in {stack.variable}" if stack.variable else "meshx:sshPrivateKey")
    text = os.environ.get(stack.variable, "") if stack.variable else stack.text
    if not file and stack.variable and not text:
        raise UnreachableError(
            f"{machine}: the environment variable {stack.variable} (meshx:ssh.privateKeyVariable) has no private key: "
            "set it where pulumi runs"
        )
    try:
        if file is not None:
            return asyncssh.read_private_key(Path(file).expanduser())
        if text is not None:
            # A secret in a pipeline often has no line end.
            return asyncssh.import_private_key(f"{text.strip()}\n")
    except OSError as error:
        raise UnreachableError(
            f"{machine}: the private key {where} cannot be read ({error.strerror}): correct privateKeyFile"
        ) from None
    except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError) as error:
        locked = isinstance(error, asyncssh.KeyEncryptionError) or "assphrase" in str(error)
        raise UnreachableError(
            f"{machine}: the private key {where} has a passphrase, and nobody is there to type it: use one without"
            if locked
            else f"{machine}: {where} is not a private key in a known format"
        ) from None
    raise UnreachableError(
        f"{machine}: there is no private key to log in with: name one as meshx:ssh.privateKeyFile, or give it as the "
        "secret meshx:sshPrivateKey or in the variable that meshx:ssh.privateKeyVariable names"
    )


def known_key(text: str, host: str) -> asyncssh.SSHKey:
    """Return a host's public key from ``type base64``; UnreachableError if the text is not one."""
    try:
        return asyncssh.import_public_key(text)
    except asyncssh.KeyImportError:
        raise UnreachableError(
            f"{host}: the configured host key is no public key: write it as ssh-keyscan prints it, type and base64"
        ) from None
