"""SSH host keys as known_hosts files and ssh-keyscan write them, and private keys to log in with."""

from dataclasses import dataclass
from typing import Annotated, cast

from pydantic import AfterValidator, BeforeValidator, SecretStr, ValidationInfo
from pydantic_core import PydanticCustomError

from meshx.config.errors.words import Words, quote, refuse, show
from meshx.config.leaves import Kind, Leaf
from meshx.config.values.files import ExistingFile, ProjectFile, existing_file, readable_text

KEY_TYPES = (
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "sk-ssh-ed25519@openssh.com",
    "ssh-rsa",
)
"""Those that a host may have, the preferred first."""
GIVE_THE_KEY = "`pulumi config set --secret meshx:sshPrivateKey < ~/.ssh/id_ed25519`"
EXAMPLE = "the line of /etc/ssh/ssh_host_ed25519_key.pub on the machine: ssh-ed25519 AAAA..."


def host_key(text: str) -> str:
    """A public key: its type and its blob in base64, without what else stands on its line.

    Takes a line of a *.pub file, one of known_hosts (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT), where the host, hashed or
    not, stands first, and all that `ssh-keyscan` prints of one host; of several keys the one of the preferred type.
    """
    # Imported here: a file without a machine's key would load the library for nothing.
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import load_ssh_public_key  # noqa: PLC0415

    if "PRIVATE KEY" in text:
        refuse("this is a private key, which nobody but the machine may have", EXAMPLE)
    kind, blob = _chosen_key(text)
    key = f"{kind} {blob}"
    try:
        load_ssh_public_key(key.encode())
    except (ValueError, UnsupportedAlgorithm):
        refuse(f"what follows {kind} is not a key of that type: it is cut off or mistyped", EXAMPLE)
    return key


def _chosen_key(text: str) -> tuple[str, str]:
    """The type and the blob of the key to know a host by."""
    keys: dict[str, str] = {}
    hosts: set[str] = set()
    for line in text.splitlines():
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if words[0].startswith("@"):
            refuse(f"{quote(words[0])} marks a line that is no host's key", EXAMPLE)
        # A name is none of the types, and stands before one.
        before = [] if words[0] in KEY_TYPES else [words.pop(0)]
        kind, blob = [*words, "", ""][:2]
        if kind not in KEY_TYPES or not blob:
            refuse(f"{quote(line.strip())} is not an SSH public key", EXAMPLE)
        # The same host has another hash in each line.
        hosts.update(host for host in before if not host.startswith("|"))
        if keys.setdefault(kind, blob) != blob or len(hosts) > 1:
            refuse("there are keys of several hosts", "the lines of the machine alone")
    if not keys:
        refuse("there is no key in it", EXAMPLE)
    return min(keys.items(), key=lambda found: KEY_TYPES.index(found[0]))


@dataclass(frozen=True)
class HostKeyFile:
    """A file with a public host key in it, and the key."""

    file: ProjectFile
    key: str


def _key_in(value: object, info: ValidationInfo) -> HostKeyFile:
    file = existing_file(value, info)
    text = readable_text(file)
    if "PRIVATE KEY" in text:
        refuse(
            f"{quote(file.written)} is a private key, which nobody but its host may have",
            "the public half (the file with .pub)",
        )
    try:
        return HostKeyFile(file, host_key(text))
    except PydanticCustomError as error:
        context = cast("dict[str, str]", error.context)
        remedy = "the path of a file with the machine's public key, such as *_key.pub"
        refuse(f"{quote(file.written)}: {context['wrong']}", remedy)


def _private_key(file: ProjectFile) -> ProjectFile:
    if "PRIVATE KEY-----" not in readable_text(file):
        refuse(
            f"{quote(file.written)} is not a private key in OpenSSH or PEM form",
            "the private half of the key pair (the file without .pub), such as ~/.ssh/id_ed25519",
        )
    return file


def private_key_text(value: object) -> object:
    """The text of a private key as a secret has it; never shown, whatever it is."""
    file = "meshx:ssh.privateKeyFile: <path> for a key in a file, or"
    if not isinstance(value, str):
        refuse(f"expected the text of a private key, found {show(value)}", f"{file} {GIVE_THE_KEY}")
    if value and "PRIVATE KEY-----" not in value:
        refuse("the secret is not a private key in OpenSSH or PEM form", f"{file} the key's whole text: {GIVE_THE_KEY}")
    return value


SecretKey = Annotated[
    SecretStr, BeforeValidator(private_key_text), Words("the text of a private key"), Leaf(Kind.SECRET)
]
HostKey = Annotated[str, AfterValidator(host_key), Words("an SSH public key (text)"), Leaf()]
KeptHostKey = Annotated[HostKeyFile, BeforeValidator(_key_in), Words("the path of a file (text)")]
PrivateKeyFile = Annotated[ExistingFile, AfterValidator(_private_key)]
