"""The configuration of a stack: all sections, and what follows from them for each machine."""

from collections import Counter
from typing import Annotated, Any, cast

from pydantic import Field, PrivateAttr, SecretStr

from meshx.config.errors.origins import Origin, Origins
from meshx.config.errors.paths import Location
from meshx.config.resolved import (
    Autoscaling,
    GceInstance,
    Group,
    InstanceShape,
    Machine,
    SshConnection,
    network_of,
)
from meshx.config.section import Listed, Section
from meshx.config.sections.certificates import CertificatesConfiguration
from meshx.config.sections.cluster import ClusterConfiguration
from meshx.config.sections.dns import DnsConfiguration
from meshx.config.sections.environment import EnvironmentConfiguration
from meshx.config.sections.exposed import ExposedConfiguration
from meshx.config.sections.former import FormerConfiguration
from meshx.config.sections.gce import GceDefaults, GroupConfiguration, InstanceKeys, MachineGce
from meshx.config.sections.mesh import MeshConfiguration
from meshx.config.sections.networks import NetworkConfiguration
from meshx.config.sections.rollout import RolloutConfiguration
from meshx.config.sections.sidecar import SidecarConfiguration
from meshx.config.sections.ssh import SshDefaults
from meshx.config.sections.tokens import TokensConfiguration
from meshx.config.sections.trust import TrustConfiguration
from meshx.config.sections.workload import MachineConfiguration, WorkloadConfiguration
from meshx.config.values.host_keys import SecretKey
from meshx.config.values.kubeconfigs import SecretKubeconfig
from meshx.config.values.names import Labels
from meshx.config.values.signing_certificates import SigningKey
from meshx.istio.unambiguous_names import joined
from meshx.rollout.effect import EXPOSED, LEAVES, NOTHING, RESTART, ROOTS, SCRIPTED


class StackConfiguration(Section):
    """Everything that a stack's file says under `meshx:`."""

    environment: EnvironmentConfiguration = Field(
        default_factory=EnvironmentConfiguration,
        description="The file's environment, and the cluster that belongs to it.",
    )
    cluster: ClusterConfiguration = Field(description="The Kubernetes cluster that the mesh runs on.")
    kubeconfig: Annotated[SecretKubeconfig, RESTART] = Field(
        default=SecretStr(""),
        description="The kubeconfig's text, as a secret: `pulumi config set --secret meshx:kubeconfig < file`. Instead "
        "of `meshx:cluster.kubeconfigFile`.",
    )
    mesh: MeshConfiguration = Field(description="The control plane, installed or adopted, and its names.")
    sidecar: Annotated[SidecarConfiguration | None, RESTART] = Field(
        default=None,
        description="The package with the proxy, installed on every machine. Required if there is a machine.",
    )
    ssh: SshDefaults = Field(
        default_factory=SshDefaults, description="How to connect to machines, unless a machine sets its own."
    )
    ssh_private_key: Annotated[SecretKey, NOTHING] = Field(
        default=SecretStr(""),
        description="The private key to log in with, as a secret: "
        "`pulumi config set --secret meshx:sshPrivateKey < key`. Instead of `meshx:ssh.privateKeyFile`.",
    )
    gce: GceDefaults = Field(
        default_factory=GceDefaults,
        description="Defaults for instances of Google Compute Engine.",
    )
    workloads: Annotated[Listed[WorkloadConfiguration], LEAVES] = Field(
        default=(), description="Workloads, with their identities, ports and machines."
    )
    networks: Annotated[Listed[NetworkConfiguration], SCRIPTED] = Field(
        default=(),
        description="Settings of machines' networks; often not needed.",
    )
    exposed: Annotated[Listed[ExposedConfiguration], EXPOSED] = Field(
        default=(),
        description="Services of the cluster that machines call as `<service>.<namespace>.global`.",
    )
    dns: DnsConfiguration = Field(
        default_factory=DnsConfiguration,
        description="A domain that the cluster's DNS forwards to another server.",
    )
    labels: Annotated[Labels, NOTHING] = Field(
        default_factory=dict,
        description="Labels on every object that the stack makes.",
        examples=[{"team": "payments"}],
    )
    tokens: TokensConfiguration = Field(
        default_factory=TokensConfiguration,
        description="The tokens with which machines prove their identity to istiod, until they have a certificate.",
    )
    certificates: CertificatesConfiguration = Field(
        default_factory=CertificatesConfiguration,
        description="The certificates that identify machines in the mesh, once they have joined.",
    )
    trust: Annotated[TrustConfiguration | None, ROOTS] = Field(
        default=None,
        description="The mesh's roots of trust and who issues by them. Left out: istiod makes a root of its own, or "
        "takes that of Secret `cacerts`.",
    )
    trust_key: Annotated[SigningKey, NOTHING] = Field(
        default=SecretStr(""),
        description="The private key of `meshx:trust.issuer`: `pulumi config set --secret meshx:trustKey < key.pem`.",
    )
    rollout: RolloutConfiguration = Field(
        default_factory=RolloutConfiguration,
        description="How changes that restart sidecars go through the machines.",
    )
    former: Annotated[FormerConfiguration | None, NOTHING] = Field(
        default=None,
        description="The mesh of Istio 1.1 to 1.4 that machines come from: they come over in place, and both meshes "
        "trust both where that can be had. Leave it out once all have come.",
    )

    _origins: Origins = PrivateAttr(default_factory=dict[Location, Origin])
    _meeting: set[tuple[str, str]] = PrivateAttr(default_factory=set[tuple[str, str]])
    """The names of ServiceEntries, with their namespaces, that two things would have."""

    def model_post_init(self, context: Any, /) -> None:
        """Keep what the validation's context says of machines that stand in files, and see which names meet."""
        self._origins = cast("dict[str, Origins]", context or {}).get("origins", {})
        named = Counter(
            (workload.namespace, one.name) for workload in self.workloads for one in (workload, *workload.services)
        )
        named.update(
            (workload.namespace, joined(workload.name, machine.name, meets=False))
            for workload in self.workloads
            for machine in workload.machines
        )
        self._meeting = {name for name, times in named.items() if times > 1}

    @property
    def origins(self) -> Origins:
        """Where machines stand that files of their own hold."""
        return self._origins

    @property
    def machines(self) -> tuple[Machine, ...]:
        """All machines but revoked ones, in the order of the file, each with all that holds for it."""
        return tuple(machine for workload in self.workloads for machine in self.machines_of(workload))

    @property
    def revoked_machines(self) -> tuple[Machine, ...]:
        """The machines that the mesh refuses, in the order of the file."""
        return tuple(machine for workload in self.workloads for machine in self.revoked_machines_of(workload))

    @property
    def addresses(self) -> tuple[str, ...]:
        """The addresses of all machines but revoked ones."""
        members = [machine for workload in self.workloads for machine in workload.members]
        return tuple(text for one in members for text in (one.address, one.second_address) if text)

    @property
    def takes_both_families(self) -> bool:
        """Whether IPv4 and IPv6 are to be taken, by the mesh or by one of its machines."""
        return self.mesh.dual_stack or any(
            one.second_address for workload in self.workloads for one in workload.members
        )

    @property
    def own_namespaces(self) -> list[str]:
        """The namespaces that the stack makes, beside that of the control plane."""
        made = {workload.namespace for workload in self.workloads if workload.create_namespace}
        return sorted(made | ({self.mesh.gateway.namespace} if self.mesh.gateway.create_namespace else set()))

    @property
    def groups(self) -> tuple[Group, ...]:
        """All groups in the order of the file, each with all that holds for it."""
        return tuple(group for workload in self.workloads if (group := self.group_of(workload)) is not None)

    def on_network(self, own: str) -> "StackConfiguration":
        """The same stack in a cluster whose network is called `own`.

        An adopted control plane says itself what that is: this is where its answer comes in, and all that is asked of
        what is returned goes by it.
        """
        if own == self.mesh.network:
            return self
        return self.model_copy(update={"mesh": self.mesh.model_copy(update={"network": own})})

    def on_revision(self, revision: str) -> "StackConfiguration":
        """The same stack with the control plane of a revision, where a tag stands for one that others installed.

        A previous one to which the tag still leads is none.
        """
        previous = "" if self.mesh.previous_revision == revision else self.mesh.previous_revision
        return self.model_copy(
            update={"mesh": self.mesh.model_copy(update={"revision": revision, "previous_revision": previous})}
        )

    def machines_of(self, workload: WorkloadConfiguration) -> tuple[Machine, ...]:
        """The machines of one of its workloads but revoked ones, each with all that holds for it."""
        return tuple(self._machine(workload, machine) for machine in workload.members)

    def revoked_machines_of(self, workload: WorkloadConfiguration) -> tuple[Machine, ...]:
        """The machines of one of its workloads that the mesh refuses."""
        return tuple(self._machine(workload, machine) for machine in workload.revoked_machines)

    def group_of(self, workload: WorkloadConfiguration) -> Group | None:
        """The group of one of its workloads, with all that holds for it; None where it has none."""
        return None if workload.group is None else self._group(workload, workload.group)

    def network_of(self, workload: WorkloadConfiguration) -> str:
        """The network of a workload's machines, where they have none of their own."""
        return network_of(None, workload.network, self.mesh.network)

    @property
    def has_instances(self) -> bool:
        """Whether the stack makes anything in Google Cloud."""
        return bool(self.groups) or any(machine.gce for machine in self.machines)

    def way_to_api_server(self, network: str) -> str:
        """How machines of a network reach the API server: `endpoint`, `gateway`, or "" where nothing says."""
        return next((one.api_server or "" for one in self.networks if one.name == network), "")

    @property
    def secluded_networks(self) -> frozenset[str]:
        """The networks whose machines nobody outside reaches."""
        return frozenset(network.name for network in self.networks if not network.reachable)

    def _machine(self, workload: WorkloadConfiguration, machine: MachineConfiguration) -> Machine:
        return Machine(
            name=machine.name,
            address=machine.address,
            second_address=machine.second_address or "",
            network=network_of(machine.network, workload.network, self.mesh.network),
            labels={**workload.labels, **machine.labels},
            workload=workload,
            ssh=self._connection(machine),
            sidecar=machine.sidecar or self.sidecar,
            commands=None if machine.gce else machine.commands or workload.commands,
            gce=self._instance(machine.gce) if machine.gce else None,
            renew_as=tuple(machine.renew_as),
            uncaptured=workload.uncaptured.beside(machine.uncaptured),
            locality=machine.locality or workload.locality or "",
            weight=machine.weight or workload.weight,
            name_meets=(workload.namespace, joined(workload.name, machine.name, meets=False)) in self._meeting,
        )

    def _instance(self, own: MachineGce) -> GceInstance:
        protected = self.gce.deletion_protection if own.deletion_protection is None else own.deletion_protection
        return GceInstance(
            shape=self._shape(own),
            zone=own.zone or self.gce.zone or "",
            deletion_protection=protected,
            adopt=own.adopt,
        )

    def _group(self, workload: WorkloadConfiguration, group: GroupConfiguration) -> Group:
        scaling = group.autoscaling
        return Group(
            workload=workload,
            network=self.network_of(workload),
            shape=self._shape(group.gce),
            region=group.gce.region or self.gce.region or (self.gce.zone or "").rpartition("-")[0],
            zones=group.gce.zones,
            size=group.size,
            autoscaling=Autoscaling(scaling.min_size, scaling.max_size, scaling.cpu_percent / 100) if scaling else None,
            sidecar=self.sidecar,
        )

    def _shape(self, own: InstanceKeys) -> InstanceShape:
        shared = self.gce
        return InstanceShape(
            project=shared.project or "",
            machine_type=own.machine_type or shared.machine_type,
            image=own.image or shared.image,
            disk_gb=own.disk_gb or shared.disk_gb,
            vpc=own.vpc or shared.vpc,
            subnetwork=own.subnetwork or shared.subnetwork,
            tags=tuple(dict.fromkeys((*shared.tags, *own.tags))),
            labels=dict(shared.labels),
            startup=own.startup.path.read_text(encoding="utf-8") if own.startup else "",
        )

    def _connection(self, machine: MachineConfiguration) -> SshConnection:
        own, shared = machine.ssh, self.ssh
        user = own.user or shared.user
        bastion = own.bastion or shared.bastion
        return SshConnection(
            host=own.host or machine.address,
            port=own.port or shared.port,
            user=user,
            host_key=own.known_key,
            private_key_file=own.private_key_file or shared.private_key_file,
            bastion=bastion.login(user) if bastion else None,
            connect_timeout_seconds=shared.connect_timeout_seconds,
            bastion_key_file=bastion.private_key_file if bastion else None,
        )
