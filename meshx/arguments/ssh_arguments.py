"""Arguments of a mesh: ssh. Written by `python -m meshx.config.argument_types` from the models."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from os import PathLike

    import pulumi
    from typing_extensions import NotRequired


class BastionArgs(TypedDict):
    """A host to connect through. No key is ever copied to it."""

    host_key: NotRequired[pulumi.Input[str]]
    """The host's public key, type and base64, or as `ssh-keyscan` prints it."""
    host_key_file: NotRequired[str | PathLike[str]]
    """A file with the host's public key, or with what `ssh-keyscan` prints of the host."""
    host: pulumi.Input[str]
    """The bastion's name or address."""
    port: NotRequired[int]
    """Its SSH port."""
    user: NotRequired[str]
    """The user there. Left out: the user of the machine."""
    private_key_file: NotRequired[str | PathLike[str]]
    """The private key for the bastion. Left out: the machine's."""


class SshDefaultsArgs(TypedDict):
    """How to connect to machines, unless a machine sets its own."""

    user: NotRequired[str]
    """The user to log in as: root, or one with sudo without a password. Names of a directory too, such as
    `svc@corp.example.com`."""
    port: NotRequired[int]
    """The SSH port."""
    private_key_file: NotRequired[str | PathLike[str]]
    """The private key to log in with. The key itself can be given as `meshx:sshPrivateKey` instead."""
    private_key_variable: NotRequired[str]
    """The environment variable with the private key's text, where meshx logs in. The key is then in no file and no
    state, so a preview needs none. Instead of `privateKeyFile` and `meshx:sshPrivateKey`."""
    agent_socket: NotRequired[str | PathLike[str]]
    """The socket of the SSH agent that `commands` log in with; it must hold the keys of machines and bastion. Left
    out: the one that `SSH_AUTH_SOCK` names."""
    key_in_state: NotRequired[bool]
    """Without an SSH agent: let `commands` log in with the private key itself, kept encrypted in the stack's state."""
    bastion: NotRequired[BastionArgs]
    """A host to connect through."""
    connect_timeout_seconds: NotRequired[int]
    """How long connecting may take, in seconds."""
    max_connections: NotRequired[int]
    """How many machines are connected to at once. Left out: 32. A bastion has one connection for all machines behind
    it."""
    look_in_previews: NotRequired[bool]
    """Let a preview log in to machines that are to join, to show what a machine that has joined before has
    otherwise. `false`: a preview without `--refresh` logs in nowhere, unless there is `meshx:former`."""
    accept_unknown_host_key: NotRequired[bool]
    """Connect to machines without a configured host key, though another host may answer. `false`: meshx refuses such
    a machine."""


class MachineSshArgs(TypedDict):
    """How to connect to one machine. `meshx:ssh` has the defaults."""

    host_key: NotRequired[pulumi.Input[str]]
    """The host's public key, type and base64, or as `ssh-keyscan` prints it."""
    host_key_file: NotRequired[str | PathLike[str]]
    """A file with the host's public key, or with what `ssh-keyscan` prints of the host."""
    host: NotRequired[pulumi.Input[str]]
    """The name or address to connect to. Left out: the machine's address."""
    port: NotRequired[int]
    """The SSH port. Left out: `meshx:ssh.port`."""
    user: NotRequired[str]
    """The user to log in as. Left out: `meshx:ssh.user`."""
    private_key_file: NotRequired[str | PathLike[str]]
    """The private key for this machine. Left out: `meshx:ssh.privateKeyFile` or `meshx:sshPrivateKey`."""
    bastion: NotRequired[BastionArgs]
    """A host to connect through. Left out: `meshx:ssh.bastion`."""
    accept_unknown_host_key: NotRequired[bool]
    """Connect without a configured host key. Left out: `meshx:ssh.acceptUnknownHostKey`."""
