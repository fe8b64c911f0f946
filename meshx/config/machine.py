"""A machine with all that holds for it: its own keys, its workload's, and the stack's defaults."""

from dataclasses import dataclass

from meshx.config.commands import CommandsConfiguration
from meshx.config.files import ProjectFile
from meshx.config.sidecar import SidecarConfiguration
from meshx.config.workload import WorkloadConfiguration


@dataclass(frozen=True)
class Bastion:
    """A host in between. host_key: `type base64`."""

    host: str
    port: int
    user: str
    host_key: str


@dataclass(frozen=True)
class SshConnection:
    """How a machine is reached.

    host_key: `type base64`, or empty where the stack accepts unknown keys.
    private_key_file: None where the key is the stack's secret `sshPrivateKey`.
    """

    host: str
    port: int
    user: str
    host_key: str
    private_key_file: ProjectFile | None
    bastion: Bastion | None
    connect_timeout_seconds: int


@dataclass(frozen=True)
class Machine:
    """A machine of a workload.

    labels: its workload's and its own. identity: spiffe://... sidecar: its own package or the stack's.
    commands: its own or its workload's.
    """

    name: str
    address: str
    network: str
    labels: dict[str, str]
    identity: str
    workload: WorkloadConfiguration
    ssh: SshConnection
    sidecar: SidecarConfiguration | None = None
    commands: CommandsConfiguration | None = None

    @property
    def logical_name(self) -> str:
        """Its name in Pulumi's state, `<namespace>/<workload>/<machine>`: public, a change needs an alias."""
        return f"{self.workload.namespace}/{self.workload.name}/{self.name}"

    @property
    def service_host(self) -> str:
        """The name that this one machine is called by."""
        return self.workload.machine_service_host(self.name)
