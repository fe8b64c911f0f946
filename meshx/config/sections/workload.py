"""meshx:workloads: what machines run, who they are, and the machines themselves."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from meshx.config.errors.words import Words
from meshx.config.leaves import Leaf
from meshx.config.section import Listed, Section
from meshx.config.sections.commands import CommandsConfiguration
from meshx.config.sections.gce import GroupConfiguration, MachineGce
from meshx.config.sections.load_balancing import Locality, Weight
from meshx.config.sections.ports import PortConfiguration
from meshx.config.sections.probe import ProbeConfiguration, TcpProbe, written_probe
from meshx.config.sections.services import ServiceConfiguration
from meshx.config.sections.sidecar import SidecarConfiguration
from meshx.config.sections.ssh import MachineSsh
from meshx.config.sections.uncaptured import (
    ExcludedInboundPorts,
    ExcludedOutboundPorts,
    ExcludedOutboundRanges,
    IncludedOutboundRanges,
    uncaptured_by,
)
from meshx.config.values.addresses import MachineAddress
from meshx.config.values.names import DnsLabel, DnsSubdomain, Labels, LabelText, ServiceLabel, TrimmedText
from meshx.istio.identities import generation_name
from meshx.istio.namespaces import service_host
from meshx.istio.uncaptured import Uncaptured
from meshx.rollout.effect import (
    ADDRESS,
    COMMAND,
    FILE,
    IN_METADATA,
    IN_TEMPLATES,
    INSTANCE,
    LEAVES,
    NOTHING,
    REJOIN,
    RESTART,
)


class MachineConfiguration(Section):
    """A machine: an existing one, over SSH, or an instance that the stack makes."""

    name: Annotated[DnsLabel, LEAVES] = Field(description="The machine's name, unique in the stack.", examples=["vm-1"])
    address: Annotated[MachineAddress, ADDRESS] = Field(
        description="The address at which pods reach the machine.", examples=["10.77.0.11"]
    )
    second_address: Annotated[MachineAddress | None, FILE] = Field(
        default=None,
        description="Its address of the other family, for a machine that has IPv4 and IPv6: the proxy takes both. "
        "Callers are sent to `address` alone. Needs a mesh of both families, `meshx:mesh.dualStack`.",
        examples=["fd77::11"],
    )
    network: Annotated[LabelText | None, RESTART] = Field(
        default=None, description="The machine's network. Left out: its workload's.", examples=["network1"]
    )
    labels: Annotated[Labels, IN_METADATA] = Field(
        default_factory=dict, description="Labels of this machine, beside its workload's.", examples=[{"version": "v2"}]
    )
    locality: Locality = None
    weight: Weight = None
    exclude_outbound_ports: ExcludedOutboundPorts = ()
    exclude_outbound_ranges: ExcludedOutboundRanges = ()
    exclude_inbound_ports: ExcludedInboundPorts = ()
    include_outbound_ranges: IncludedOutboundRanges = ()
    ssh: MachineSsh = Field(default_factory=MachineSsh, description="How to connect to the machine, and its host key.")
    gce: Annotated[MachineGce | None, LEAVES] = Field(
        default=None,
        description="Make the machine an instance of Google Compute Engine, which joins by itself when it boots, "
        "instead of over SSH; `{}` uses all defaults of `meshx:gce`.",
        examples=[{"zone": "europe-west1-b"}],
    )
    renew_as: Annotated[Listed[Annotated[TrimmedText, Leaf()]], Words("a list of names"), RESTART] = Field(
        default=(),
        description="The cluster's names for the machine's Google service account: its e-mail and its number. With "
        "it the machine renews its token itself, like instances that meshx makes.",
        examples=[["vm@my-project.iam.gserviceaccount.com", "117249582048193840210"]],
    )
    sidecar: Annotated[SidecarConfiguration | None, RESTART] = Field(
        default=None,
        description="The package for this machine only, to try a new one. Left out: `meshx:sidecar`.",
    )
    commands: Annotated[CommandsConfiguration | None, COMMAND] = Field(
        default=None, description="Your own commands to run on the machine. Left out: its workload's."
    )
    revoked: Annotated[bool, LEAVES] = Field(
        default=False,
        description="The machine was stolen, or is no longer trusted: the mesh refuses its identity, nobody logs in to "
        "it, and its workload's other machines get another service account. Keep the entry: docs/revoking.md.",
    )

    @property
    def uncaptured(self) -> Uncaptured:
        """What stays out of the mesh by these keys."""
        return uncaptured_by(self)


@dataclass(frozen=True)
class Served:
    """A Service that a workload's machines serve; host: what it is called by."""

    name: str
    host: str
    ports: tuple[PortConfiguration, ...]


class WorkloadConfiguration(Section):
    """One workload: its identity, its ports, and the machines that run it."""

    name: Annotated[ServiceLabel, LEAVES] = Field(
        description="The workload's name, and its Service's.", examples=["vmhttp"]
    )
    namespace: Annotated[DnsLabel, LEAVES] = Field(
        description="The namespace, the first half of its identity.", examples=["vm"]
    )
    create_namespace: Annotated[bool, NOTHING] = Field(
        default=True, description="Whether the stack makes the namespace. `false`: it must exist."
    )
    service_account: Annotated[DnsSubdomain | None, REJOIN] = Field(
        default=None,
        description="The service account, the second half of its identity. Left out: the workload's name.",
        examples=["vmhttp"],
    )
    create_service_account: Annotated[bool, NOTHING] = Field(
        default=True, description="Whether the stack makes the service account. `false`: it must exist."
    )
    revocations: Annotated[int, REJOIN] = Field(
        default=0,
        ge=0,
        le=1000,
        description="How many machines of it were revoked whose entries are no longer here, or no longer say so. Never "
        "lower it: it keeps the identities that they had from coming back.",
        examples=[1],
    )
    labels: Annotated[Labels, IN_METADATA] = Field(
        default_factory=dict, description="Labels of all its machines.", examples=[{"version": "v1"}]
    )
    ports: Annotated[Listed[PortConfiguration], RESTART] = Field(
        default=(), description="Its ports. Left out: it only makes calls, and nobody can call it."
    )
    services: Annotated[Listed[ServiceConfiguration], RESTART] = Field(
        default=(),
        description="Further Services with ports of their own, which its machines serve under the same identity.",
    )
    probe: Annotated[
        ProbeConfiguration | None,
        BeforeValidator(written_probe),
        Words("none, or a group of keys (tcp, http or exec)"),
        RESTART,
    ] = Field(
        default=None,
        description="The probe that decides whether a machine is healthy, or `none`. Left out: healthy if its first "
        "port accepts a connection.",
        examples=["none"],
    )
    network: Annotated[LabelText | None, RESTART] = Field(
        default=None, description="The network of its machines. Left out: the mesh's.", examples=["network1"]
    )
    locality: Locality = None
    weight: Weight = None
    exclude_outbound_ports: ExcludedOutboundPorts = ()
    exclude_outbound_ranges: ExcludedOutboundRanges = ()
    exclude_inbound_ports: ExcludedInboundPorts = ()
    include_outbound_ranges: IncludedOutboundRanges = ()
    drain_seconds: Annotated[int, IN_TEMPLATES] = Field(
        default=5,
        ge=0,
        le=3600,
        description="How long a leaving machine still serves after callers stopped calling it, in seconds.",
    )
    when_down: Annotated[Literal["open", "closed"], FILE] = Field(
        default="open",
        description="What its ports do with calls past the proxy, as they may come while the sidecar is down. `open`: "
        "answer them, in plain text, whatever the mesh demands. `closed`: refuse them: docs/security.md.",
    )
    tunnel: Annotated[Literal["none", "hbone"], RESTART] = Field(
        default="none",
        description="How pods in ambient mode reach it. `none`: in plain text. `hbone`: by mutual TLS at port 15008, "
        "for which its proxies listen: docs/reachability.md.",
    )
    on_unreachable: Annotated[Literal["fail", "forget"], NOTHING] = Field(
        default="fail",
        description="What `destroy` does with a machine that can't be reached: stop with an error, or forget it.",
    )
    commands: Annotated[CommandsConfiguration | None, COMMAND] = Field(
        default=None, description="Your own commands to run on each of its machines."
    )
    machines: Annotated[Listed[MachineConfiguration], LEAVES] = Field(
        default=(), description="The machines that run it."
    )
    machines_from: Annotated[Listed[TrimmedText], Words("a list of paths and patterns"), LEAVES] = Field(
        default=(),
        description="Files with more machines, as YAML, JSON or CSV, with the keys of `machines`: docs/machines.md.",
        examples=[["inventory/shop.yaml", "inventory/*.csv"]],
    )
    group: Annotated[GroupConfiguration | None, INSTANCE] = Field(
        default=None,
        description="A group of instances of Google Compute Engine, in place of named machines.",
        examples=[{"size": 3}],
    )

    @property
    def revoked_machines(self) -> tuple[MachineConfiguration, ...]:
        """Its machines that the mesh refuses."""
        return tuple(machine for machine in self.machines if machine.revoked)

    @property
    def members(self) -> tuple[MachineConfiguration, ...]:
        """Its machines but for those that are revoked."""
        return tuple(machine for machine in self.machines if not machine.revoked)

    @property
    def generation(self) -> int:
        """How often its identity has changed: once for each machine that was ever revoked."""
        return self.revocations + len(self.revoked_machines)

    @property
    def account(self) -> str:
        """The name of its service account, which is another one after each revocation."""
        return generation_name(self.service_account or self.name, self.generation)

    @property
    def revoked_accounts(self) -> tuple[str, ...]:
        """The service accounts that it had before, which the mesh refuses; the latest last."""
        return tuple(generation_name(self.service_account or self.name, number) for number in range(self.generation))

    @property
    def uncaptured(self) -> Uncaptured:
        """What stays out of the mesh by these keys."""
        return uncaptured_by(self)

    @property
    def host(self) -> str:
        """The name that its Service is called by."""
        return service_host(self.name, self.namespace)

    @property
    def served(self) -> tuple[Served, ...]:
        """Its own Service, and its further ones; none if it only makes calls."""
        named = ((self.name, self.ports), *((one.name, one.ports) for one in self.services)) if self.ports else ()
        return tuple(Served(name, service_host(name, self.namespace), ports) for name, ports in named)

    @property
    def listening(self) -> tuple[PortConfiguration, ...]:
        """The ports of all its Services, each another one on its machines."""
        return tuple(port for service in self.served for port in service.ports)

    def machine_service_host(self, machine: str) -> str:
        """The name that one of its machines is called by."""
        return f"{machine}.{self.host}"

    @property
    def effective_probe(self) -> ProbeConfiguration | None:
        """The probe that its machines get; None if nobody asks for their health."""
        if self.probe is not None:
            return None if self.probe.checks_nothing else self.probe
        if not self.ports:
            return None
        return ProbeConfiguration(tcp=TcpProbe(port=self.ports[0].listens_on))
