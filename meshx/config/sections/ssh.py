"""meshx:ssh and the `ssh` of a machine: how to connect to machines, and their host keys."""

from typing import Annotated

from pydantic import Field

from meshx.config.section import Section
from meshx.config.values.addresses import PortNumber, SshHost
from meshx.config.values.agent_socket import AgentSocket
from meshx.config.values.connection_limit import MAX_CONNECTIONS
from meshx.config.values.host_keys import HostKey, HostKeyFile, KeptHostKey, PrivateKeyFile
from meshx.config.values.host_login import HostLogin
from meshx.config.values.names import UserName, VariableName
from meshx.rollout.effect import NOTHING

HOST_KEY_EXAMPLE = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA..."


class HostIdentity(Section):
    """The host key by which a host proves its identity."""

    host_key: Annotated[HostKey | None, NOTHING] = Field(
        default=None,
        description="The host's public key, type and base64, or as `ssh-keyscan` prints it.",
        examples=[HOST_KEY_EXAMPLE],
    )
    host_key_file: Annotated[KeptHostKey | None, NOTHING] = Field(
        default=None,
        description="A file with the host's public key, or with what `ssh-keyscan` prints of the host.",
        examples=["keys/vm-1.pub"],
    )

    @property
    def known_key(self) -> str:
        """The public key that the host must show, as `type base64`; empty if none is written."""
        kept: HostKeyFile | None = self.host_key_file
        return self.host_key or (kept.key if kept else "")


class BastionConfiguration(HostIdentity):
    """A host to connect through. No key is ever copied to it."""

    host: Annotated[SshHost, NOTHING] = Field(
        description="The bastion's name or address.", examples=["bastion.example.com"]
    )
    port: Annotated[PortNumber, NOTHING] = Field(default=22, description="Its SSH port.")
    user: Annotated[UserName | None, NOTHING] = Field(
        default=None, description="The user there. Left out: the user of the machine."
    )
    private_key_file: Annotated[PrivateKeyFile | None, NOTHING] = Field(
        default=None,
        description="The private key for the bastion. Left out: the machine's.",
        examples=["~/.ssh/bastion_ed25519"],
    )

    def login(self, user: str) -> HostLogin:
        """How to log in there. user: the machine's."""
        return HostLogin(host=self.host, port=self.port, user=self.user or user, host_key=self.known_key)


class SshDefaults(Section):
    """How to connect to machines, unless a machine sets its own."""

    user: Annotated[UserName, NOTHING] = Field(
        default="root",
        description="The user to log in as: root, or one with sudo without a password. Names of a directory too, such "
        "as `svc@corp.example.com`.",
    )
    port: Annotated[PortNumber, NOTHING] = Field(default=22, description="The SSH port.")
    private_key_file: Annotated[PrivateKeyFile | None, NOTHING] = Field(
        default=None,
        description="The private key to log in with. The key itself can be given as `meshx:sshPrivateKey` instead.",
        examples=["~/.ssh/id_ed25519"],
    )
    private_key_variable: Annotated[VariableName | None, NOTHING] = Field(
        default=None,
        description="The environment variable with the private key's text, where meshx logs in. The key is then in no "
        "file and no state, so a preview needs none. Instead of `privateKeyFile` and `meshx:sshPrivateKey`.",
        examples=["MESHX_SSH_PRIVATE_KEY"],
    )
    agent_socket: Annotated[AgentSocket | None, NOTHING] = Field(
        default=None,
        description="The socket of the SSH agent that `commands` log in with; it must hold the keys of machines and "
        "bastion. Left out: the one that `SSH_AUTH_SOCK` names.",
        examples=["~/.ssh/agent.sock"],
    )
    key_in_state: Annotated[bool, NOTHING] = Field(
        default=False,
        description="Without an SSH agent: let `commands` log in with the private key itself, kept encrypted in the "
        "stack's state.",
    )
    bastion: Annotated[BastionConfiguration | None, NOTHING] = Field(
        default=None, description="A host to connect through."
    )
    connect_timeout_seconds: Annotated[int, NOTHING] = Field(
        default=15, ge=1, le=600, description="How long connecting may take, in seconds."
    )
    max_connections: Annotated[int | None, NOTHING] = Field(
        default=None,
        ge=1,
        le=1000,
        description=f"How many machines are connected to at once. Left out: {MAX_CONNECTIONS}. A bastion has one "
        "connection for all machines behind it.",
        examples=[8],
    )
    look_in_previews: Annotated[bool, NOTHING] = Field(
        default=False,
        description="Let a preview log in to machines that are to join, to show what a machine that has joined before "
        "has otherwise. `false`: a preview without `--refresh` logs in nowhere, unless there is `meshx:former`.",
    )
    accept_unknown_host_key: Annotated[bool, NOTHING] = Field(
        default=False,
        description="Connect to machines without a configured host key, though another host may answer. `false`: "
        "meshx refuses such a machine.",
    )


class MachineSsh(HostIdentity):
    """How to connect to one machine. `meshx:ssh` has the defaults."""

    host: Annotated[SshHost | None, NOTHING] = Field(
        default=None,
        description="The name or address to connect to. Left out: the machine's address.",
        examples=["10.77.0.11"],
    )
    port: Annotated[PortNumber | None, NOTHING] = Field(
        default=None, description="The SSH port. Left out: `meshx:ssh.port`.", examples=[22]
    )
    user: Annotated[UserName | None, NOTHING] = Field(
        default=None, description="The user to log in as. Left out: `meshx:ssh.user`.", examples=["admin"]
    )
    private_key_file: Annotated[PrivateKeyFile | None, NOTHING] = Field(
        default=None,
        description="The private key for this machine. Left out: `meshx:ssh.privateKeyFile` or `meshx:sshPrivateKey`.",
        examples=["~/.ssh/id_ed25519"],
    )
    bastion: Annotated[BastionConfiguration | None, NOTHING] = Field(
        default=None, description="A host to connect through. Left out: `meshx:ssh.bastion`."
    )
    accept_unknown_host_key: Annotated[bool | None, NOTHING] = Field(
        default=None,
        description="Connect without a configured host key. Left out: `meshx:ssh.acceptUnknownHostKey`.",
        examples=[True],
    )
