"""SSH host keys as known_hosts files write them, and private keys to log in with."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, ValidationInfo

from meshx.config.errors.words import Words, quote, refuse
from meshx.config.values.files import ExistingFile, ProjectFile, existing_file, readable_text

KEY_TYPES = (
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "sk-ssh-ed25519@openssh.com",
    "ssh-rsa",
)
EXAMPLE = "the line of /etc/ssh/ssh_host_ed25519_key.pub on the machine: ssh-ed25519 AAAA..."


def host_key(text: str) -> str:
    """A public key: its type and its blob in base64, without the comment."""
    # Imported here: a file without a machine's key would load the library for nothing.
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import load_ssh_public_key  # noqa: PLC0415

    kind, blob = [*text.split(), "", ""][:2]
    if "PRIVATE KEY" in text:
        refuse("this is a private key, which nobody but the machine may have", EXAMPLE)
    if kind not in KEY_TYPES or not blob:
        refuse(f"{quote(text)} is not an SSH public key", EXAMPLE)
    key = f"{kind} {blob}"
    try:
        load_ssh_public_key(key.encode())
    except (ValueError, UnsupportedAlgorithm):
        refuse(f"what follows {kind} is not a key of that type: it is cut off or mistyped", EXAMPLE)
    return key


@dataclass(frozen=True)
class HostKeyFile:
    """A file with a public host key in it, and the key."""

    file: ProjectFile
    key: str


def _key_in(value: object, info: ValidationInfo) -> HostKeyFile:
    file = existing_file(value, info)
    lines = [line for line in readable_text(file).splitlines() if line.strip() and not line.startswith("#")]
    if len(lines) != 1:
        refuse(f"{quote(file.written)} has {len(lines)} keys in it", "a file with one line, such as a *_key.pub")
    return HostKeyFile(file, host_key(lines[0]))


def _private_key(file: ProjectFile) -> ProjectFile:
    if "PRIVATE KEY-----" not in readable_text(file):
        refuse(
            f"{quote(file.written)} is not a private key in OpenSSH or PEM form",
            "the private half of the key pair (the file without .pub), such as ~/.ssh/id_ed25519",
        )
    return file


HostKey = Annotated[str, AfterValidator(host_key), Words("an SSH public key (text)")]
KeptHostKey = Annotated[HostKeyFile, BeforeValidator(_key_in), Words("the path of a file (text)")]
PrivateKeyFile = Annotated[ExistingFile, AfterValidator(_private_key)]
