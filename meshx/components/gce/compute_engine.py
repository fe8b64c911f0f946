"""Everything that a stack makes in Google Cloud: what its instances share, and the instances."""

from typing import TypedDict, cast

import pulumi

from meshx.components.gce.firewall_resources import Firewalls
from meshx.components.gce.group import GceGroup
from meshx.components.gce.instance import GceMachine
from meshx.components.gce.instance_identity import InstanceIdentity
from meshx.components.gce.instance_properties import OWNER_LABEL, InstanceSurroundings
from meshx.components.istiod.api_server_exposure import ApiServerExposure
from meshx.components.shared.api_server import ApiServer, server_and_way
from meshx.components.shared.gateway_values import of_gateway
from meshx.components.shared.gke_cluster import gke_facts
from meshx.components.shared.instance_terms import InstanceTerms
from meshx.components.shared.membership_interface import Membership
from meshx.components.shared.mesh_context import MeshContext
from meshx.config.errors.problems import ConfigurationError, Problem
from meshx.config.resolved import GceInstance, Group, InstanceShape, Machine
from meshx.config.sections.workload import WorkloadConfiguration
from meshx.config.values.addresses import AUTO, families
from meshx.google_cloud.cloud_names import cloud_name
from meshx.google_cloud.firewall_rules import Rule, firewall_rules, members
from meshx.istio.identities import generation_name
from meshx.join.gateway_endpoint import GatewayEndpoint
from meshx.join.startup_script import ClusterAccess
from meshx.networks.topology import Networks
from meshx.stack.logical_names import named


class ComputeEngineArgs(TypedDict):
    """The arguments that all instances share."""

    context: MeshContext
    terms: InstanceTerms
    """What the mesh needs of an instance."""


class ComputeEngine(pulumi.ComponentResource):
    """What the instances of a stack share.

    **Pulumi Type:** `meshx:index:ComputeEngine`. Produces `Firewalls`, an `InstanceIdentity` for each workload that has
    instances, and an `ApiServerExposure` if a network reaches the API server through the gateway.
    """

    def __init__(self, name: str, args: ComputeEngineArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("meshx:index:ComputeEngine", name, None, opts)
        self._args = args
        self._context = context = args["context"]
        # Instances ask it.
        self._api_server = cast("ApiServer", context.api_server)
        self._identities: dict[str, InstanceIdentity] = {}
        self._firewalls = Firewalls(
            named("firewalls"),
            {"rules": self._rules(), "gateway": context.control_plane.gateway},
            pulumi.ResourceOptions(parent=self),
        )
        self._exposure = self._expose() if "gateway" in self._ways() else []
        self.register_outputs({})

    def machine(
        self,
        machine: Machine,
        instance: GceInstance,
        membership: Membership,
        ready: list[pulumi.Resource],
        opts: pulumi.ResourceOptions,
    ) -> pulumi.Resource:
        """Make one instance; `ready` must exist before it joins."""
        return GceMachine(
            named(machine.logical_name),
            {
                "machine": machine,
                "instance": instance,
                "membership": membership,
                "surroundings": self._surroundings(machine, instance.shape, ready),
            },
            opts,
        )

    def group(self, group: Group, ready: list[pulumi.Resource], opts: pulumi.ResourceOptions) -> pulumi.Resource:
        """Make a group; `ready` must exist before its instances join."""
        surroundings = self._surroundings(group, group.shape, ready)
        return GceGroup(
            named(group.logical_name), {"group": group, "context": self._context, "surroundings": surroundings}, opts
        )

    def _surroundings(
        self, one: Machine | Group, shape: InstanceShape, ready: list[pulumi.Resource]
    ) -> InstanceSurroundings:
        identity = self._identity(one.workload, ready)
        return InstanceSurroundings(
            owner=self._context.owner,
            labels={**shape.labels, OWNER_LABEL: cloud_name(self._context.owner)},
            access=self._access(one.workload, one.network),
            email=identity.email,
            ready=[*ready, identity.binding, *self._firewalls.objects, *self._exposure],
        )

    def _ways(self) -> set[str]:
        configuration = self._context.configuration
        instances = (*(one for one in configuration.machines if one.gce), *configuration.groups)
        return {configuration.way_to_api_server(one.network) for one in instances}

    def _expose(self) -> list[pulumi.Resource]:
        options = pulumi.ResourceOptions(parent=self)
        return ApiServerExposure(named("api-server-exposure"), self._context, options).objects

    def _rules(self) -> list[Rule]:
        configuration = self._context.configuration
        pods = configuration.cluster.pods_cidr
        if pods == AUTO:
            of_gke = gke_facts(configuration.cluster.context, self)
            pods = of_gke.pods if of_gke else ""
        # Instances have IPv4, and Google takes no rule with ranges of both families
        # (https://cloud.google.com/firewall/docs/firewalls).
        pods = next((one for one in pods.split(",") if families([one]) == (4,)), pods)
        rules = list(
            firewall_rules(
                self._context.owner,
                Networks(own=configuration.mesh.network),
                pods,
                self._args["terms"].control_ports,
                members(configuration),
            )
        )
        if not pods and any("" in (*rule.source_ranges, *rule.destination_ranges) for rule in rules):
            raise ConfigurationError(
                [
                    Problem(
                        ("cluster", "podsCidr"),
                        "missing: pods and instances need firewall rules to reach each other, and the cluster does "
                        "not report its pods' range",
                        "podsCidr: <the range of the pods' addresses, such as 10.244.0.0/16>",
                    )
                ]
            )
        return rules

    def _identity(self, workload: WorkloadConfiguration, ready: list[pulumi.Resource]) -> InstanceIdentity:
        """The workload's, made once for all its instances; another one after a revocation, since whoever had an
        instance may have its Google account's tokens."""
        name = generation_name(f"{workload.namespace}/{workload.name}", workload.generation)
        if name not in self._identities:
            self._identities[name] = InstanceIdentity(
                named(name),
                {
                    "workload": workload,
                    "rights": self._args["terms"].rights(workload.account),
                    "owner": self._context.owner,
                    "labels": self._context.labels,
                    "ready": ready,
                },
                pulumi.ResourceOptions(parent=self),
            )
        return self._identities[name]

    def _access(self, workload: WorkloadConfiguration, network: str) -> pulumi.Output[ClusterAccess]:
        configuration = self._context.configuration
        way = configuration.way_to_api_server(network)
        server, seconds = self._api_server, configuration.tokens.lifetime_seconds
        audience = self._context.control_plane.facts.token_audience if self._args["terms"].with_token else ""

        def access(gateway: GatewayEndpoint) -> ClusterAccess:
            url, resolve, connect_to = server_and_way(server, way, gateway)
            return ClusterAccess(
                server=url,
                resolve=resolve,
                connect_to=connect_to,
                certificate_authority=server.certificate_authority,
                namespace=workload.namespace,
                account=workload.account,
                audience=audience,
                token_seconds=seconds,
            )

        return pulumi.Output.from_input(of_gateway(self._context.control_plane.gateway, access))
