"""meshx:ssh and the `ssh` of a machine: how machines are reached and known."""

from pydantic import Field

from meshx.config.section import Section
from meshx.config.values.addresses import HostName, PortNumber
from meshx.config.values.agent_socket import AgentSocket
from meshx.config.values.host_keys import HostKey, HostKeyFile, KeptHostKey, PrivateKeyFile
from meshx.config.values.names import UserName

HOST_KEY_EXAMPLE = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA..."


class HostIdentity(Section):
    """How a host proves that it is the one that is meant."""

    host_key: HostKey | None = Field(
        default=None, description="The host's public key, type and base64.", examples=[HOST_KEY_EXAMPLE]
    )
    host_key_file: KeptHostKey | None = Field(
        default=None, description="A file with the host's public key.", examples=["keys/vm-1.pub"]
    )

    @property
    def known_key(self) -> str:
        """The public key that the host must show, as `type base64`; empty if none is written."""
        kept: HostKeyFile | None = self.host_key_file
        return self.host_key or (kept.key if kept else "")


class BastionConfiguration(HostIdentity):
    """A host in between. It is logged in to with the machine's key, which never leaves this computer."""

    host: HostName = Field(description="The bastion's name or address.", examples=["bastion.example.com"])
    port: PortNumber = Field(default=22, description="Its SSH port.")
    user: UserName | None = Field(default=None, description="The user there. Left out: the user of the machine.")


class SshDefaults(Section):
    """How machines are reached, where a machine says nothing else."""

    user: UserName = Field(
        default="root", description="The user to log in as: root, or one with sudo without a password."
    )
    port: PortNumber = Field(default=22, description="The SSH port.")
    private_key_file: PrivateKeyFile | None = Field(
        default=None,
        description="The private key to log in with. The key itself can be given as `meshx:sshPrivateKey` instead.",
        examples=["~/.ssh/id_ed25519"],
    )
    agent_socket: AgentSocket | None = Field(
        default=None,
        description="The socket of the SSH agent that `commands` log in by; it must hold the machines' keys. Left out: "
        "the one that `SSH_AUTH_SOCK` names.",
        examples=["~/.ssh/agent.sock"],
    )
    key_in_state: bool = Field(
        default=False,
        description="Let `commands` log in by the private key itself, kept encrypted in the stack's state, where there "
        "is no SSH agent.",
    )
    bastion: BastionConfiguration | None = Field(default=None, description="A host in between.")
    connect_timeout_seconds: int = Field(
        default=15, ge=1, le=600, description="How long a connection may take to be made, in seconds."
    )
    accept_unknown_host_key: bool = Field(
        default=False,
        description="Connect to machines whose host key is not written here, without knowing that they are the ones "
        "meant. Left out: such a machine is refused.",
    )


class MachineSsh(HostIdentity):
    """How one machine is reached; what is left out comes from `meshx:ssh`."""

    host: HostName | None = Field(
        default=None,
        description="The name or address to connect to. Left out: the machine's address.",
        examples=["10.77.0.11"],
    )
    port: PortNumber | None = Field(
        default=None, description="The SSH port. Left out: `meshx:ssh.port`.", examples=[22]
    )
    user: UserName | None = Field(
        default=None, description="The user to log in as. Left out: `meshx:ssh.user`.", examples=["admin"]
    )
    private_key_file: PrivateKeyFile | None = Field(
        default=None,
        description="The private key for this machine. Left out: `meshx:ssh.privateKeyFile` or `meshx:sshPrivateKey`.",
        examples=["~/.ssh/id_ed25519"],
    )
    bastion: BastionConfiguration | None = Field(
        default=None, description="A host in between. Left out: `meshx:ssh.bastion`."
    )
    accept_unknown_host_key: bool | None = Field(
        default=None,
        description="Connect though the machine's host key is not written here. Left out: "
        "`meshx:ssh.acceptUnknownHostKey`.",
        examples=[True],
    )
