"""A machine with all that holds for it: its own keys, its workload's, and the stack's defaults."""

from dataclasses import dataclass
from typing import TypeVar

from meshx.config.sections.commands import CommandsConfiguration
from meshx.config.sections.sidecar import SidecarConfiguration
from meshx.config.sections.workload import WorkloadConfiguration
from meshx.config.values.addresses import families
from meshx.config.values.files import ProjectFile
from meshx.config.values.host_login import HostLogin
from meshx.istio.unambiguous_names import joined
from meshx.istio.uncaptured import NOTHING_UNCAPTURED, Uncaptured

Said = TypeVar("Said")


def network_of(machine: Said | None, workload: Said | None, mesh: Said) -> Said:
    """Which of three says the network of a machine or a group: its own word, else its workload's, else the mesh's.

    They are texts, or places where one is written; empty where nothing is said.
    """
    return machine or workload or mesh


@dataclass(frozen=True)
class SshConnection(HostLogin):
    """How a machine is reached.

    private_key_file: None where the key is the stack's secret `sshPrivateKey`. bastion: a host in between,
    bastion_key_file: of a key for that alone.
    """

    private_key_file: ProjectFile | None
    bastion: HostLogin | None
    connect_timeout_seconds: int
    bastion_key_file: ProjectFile | None = None


@dataclass(frozen=True)
class InstanceShape:
    """What an instance of Compute Engine is made of, its own keys and the stack's defaults together.

    tags and labels: the user's. startup: a script of the user's, "" for none.
    """

    project: str
    machine_type: str
    image: str
    disk_gb: int
    vpc: str
    subnetwork: str
    tags: tuple[str, ...]
    labels: dict[str, str]
    startup: str


@dataclass(frozen=True)
class GceInstance:
    """A named instance; adopt: one of this name is there and is taken over as it is."""

    shape: InstanceShape
    zone: str
    deletion_protection: bool
    adopt: bool

    @property
    def region(self) -> str:
        """The region that its zone is in."""
        return self.zone.rpartition("-")[0]


@dataclass(frozen=True)
class Machine:
    """A machine of a workload.

    second_address: of the other family, "" where it has one family. labels: its workload's and its own. sidecar: its
    own package or the stack's. commands: its own or its workload's. uncaptured: what stays out of the mesh there.
    locality: where it is, "" if nobody says. weight: its share of calls, None for 1.
    renew_as: the names of its own identity in the cluster, by which it renews its token itself; none where it does not.
    gce: what it is made of where it is an instance.
    """

    name: str
    address: str
    network: str
    labels: dict[str, str]
    workload: WorkloadConfiguration
    ssh: SshConnection
    sidecar: SidecarConfiguration | None = None
    commands: CommandsConfiguration | None = None
    gce: GceInstance | None = None
    renew_as: tuple[str, ...] = ()
    second_address: str = ""
    uncaptured: Uncaptured = NOTHING_UNCAPTURED
    locality: str = ""
    weight: int | None = None
    name_meets: bool = False
    """Whether its workload's name and its own, joined, are another ServiceEntry's name."""

    @property
    def addresses(self) -> tuple[str, ...]:
        """Its addresses; callers are sent to the first."""
        return (self.address, self.second_address) if self.second_address else (self.address,)

    @property
    def families(self) -> tuple[int, ...]:
        """The families of its addresses, 4 and 6."""
        return (4, 6) if self.second_address else families([self.address])

    @property
    def entry_name(self) -> str:
        """The name of its own ServiceEntry, in its workload's namespace."""
        return joined(self.workload.name, self.name, meets=self.name_meets)

    @property
    def logical_name(self) -> str:
        """Its name in Pulumi's state: public, a change needs an alias.

        Its own name, by which it stays the same machine under another workload. An instance is another one there.
        """
        return self.name if self.is_logged_in_to else self.name_in_workload

    @property
    def name_in_workload(self) -> str:
        """Its name with that of its workload, `<namespace>/<workload>/<machine>`."""
        return f"{self.workload.namespace}/{self.workload.name}/{self.name}"

    @property
    def is_logged_in_to(self) -> bool:
        """Whether meshx joins it over SSH, and may log in at any time; else it joins by itself."""
        return self.gce is None

    @property
    def renews_its_token(self) -> bool:
        """Whether it asks the API server for its tokens itself, by an identity of its own."""
        return self.gce is not None or bool(self.renew_as)

    @property
    def joins(self) -> bool:
        """Whether it takes part; an instance that is being adopted is left as it is until the next `up`."""
        return self.gce is None or not self.gce.adopt

    @property
    def service_host(self) -> str:
        """The name that this one machine is called by."""
        return self.workload.machine_service_host(self.name)


@dataclass(frozen=True)
class Autoscaling:
    """Limits of a group, both included, and the load of its processors that it keeps to, from 0 to 1."""

    least: int
    most: int
    cpu: float


@dataclass(frozen=True)
class Group:
    """A group of instances of a workload, all alike; zones: those of the region to use, none for all.

    size: how many it keeps up; None where it is scaled.
    """

    workload: WorkloadConfiguration
    network: str
    shape: InstanceShape
    region: str
    zones: tuple[str, ...]
    size: int | None
    autoscaling: Autoscaling | None
    sidecar: SidecarConfiguration | None

    @property
    def name(self) -> str:
        """Its workload's name with the namespace, `<namespace>/<name>`, which no machine has."""
        return f"{self.workload.namespace}/{self.workload.name}"

    @property
    def logical_name(self) -> str:
        """Its name in Pulumi's state, its workload's with `group` after it: public, a change needs an alias."""
        return f"{self.workload.namespace}/{self.workload.name}/group"
