"""All of a stack that is made in Google Cloud: what its instances share, and the instances."""

from collections.abc import Mapping
from typing import TypedDict

import pulumi

from meshx.components.gce.firewall_resources import Firewalls
from meshx.components.gce.group import GceGroup
from meshx.components.gce.instance import GceMachine
from meshx.components.gce.instance_identity import InstanceIdentity
from meshx.components.gce.instance_properties import OWNER_LABEL
from meshx.components.istiod.api_server_exposure import ApiServerExposure
from meshx.components.shared.api_server import ApiServer, api_server, refuse_without_way, server_and_resolve
from meshx.components.shared.control_plane_interface import SYSTEM_NAMESPACE, ControlPlane
from meshx.components.shared.gke_cluster import gke_facts
from meshx.components.shared.instance_terms import InstanceTerms
from meshx.components.shared.membership_interface import Membership
from meshx.config.errors.problems import ConfigurationError, Problem
from meshx.config.resolved import GceInstance, Group, Machine
from meshx.config.sections.workload import WorkloadConfiguration
from meshx.config.stack import StackConfiguration
from meshx.google_cloud.cloud_names import cloud_name
from meshx.google_cloud.firewall_rules import Rule, firewall_rules, members
from meshx.join.bundle import Package
from meshx.join.startup_script import ClusterAccess
from meshx.networks.topology import Networks

AUTO = "auto"


class ComputeEngineArgs(TypedDict):
    """What all instances need."""

    configuration: StackConfiguration
    owner: str
    """The value of the stack's owner label."""
    labels: dict[str, str]
    """Labels of everything that is made in the cluster."""
    control_plane: ControlPlane
    terms: InstanceTerms
    """What the mesh asks of an instance."""
    selector: dict[str, str]
    """The labels of the gateway's pods."""


class ComputeEngine(pulumi.ComponentResource):
    """What the instances of a stack share.

    **Pulumi Type:** `meshx:index:ComputeEngine`. Produces `Firewalls`, an `InstanceIdentity` for each workload that has
    instances, and an `ApiServerExposure` where a network reaches the API server through the gateway.
    """

    def __init__(self, name: str, args: ComputeEngineArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("meshx:index:ComputeEngine", name, None, opts)
        self._args = args
        configuration, control_plane = args["configuration"], args["control_plane"]
        self._identities: dict[str, InstanceIdentity] = {}
        # Looked at and refused before anything is made.
        of_gke = gke_facts(configuration.cluster.context, self)
        self._api_server: ApiServer = api_server(configuration, of_gke, self)
        refuse_without_way(configuration, self._api_server)
        rules = self._rules(of_gke.pods if of_gke else "")
        self._firewalls = Firewalls(
            "firewalls",
            {"rules": rules, "gateway_address": control_plane.gateway_address},
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
        """Make one instance; `ready` is what must be there before it joins."""
        identity = self._identity(machine.workload, ready)
        return GceMachine(
            machine.logical_name,
            {
                "machine": machine,
                "instance": instance,
                "owner": self._args["owner"],
                "labels": self._cloud_labels(instance.shape.labels),
                "membership": membership,
                "access": self._access(machine.workload, machine.network),
                "email": identity.email,
                "ready": [*ready, identity.binding, *self._firewalls.objects, *self._exposure],
            },
            opts,
        )

    def group(
        self, group: Group, package: Package, ready: list[pulumi.Resource], opts: pulumi.ResourceOptions
    ) -> pulumi.Resource:
        """Make a group; `ready` is what must be there before its instances join."""
        control_plane, configuration = self._args["control_plane"], self._args["configuration"]
        identity = self._identity(group.workload, ready)
        return GceGroup(
            group.logical_name,
            {
                "group": group,
                "owner": self._args["owner"],
                "labels": self._cloud_labels(group.shape.labels),
                "package": package,
                "certificate_seconds": configuration.certificates.lifetime_seconds,
                "facts": control_plane.facts,
                "gateway_address": control_plane.gateway_address,
                "access": self._access(group.workload, group.network),
                "email": identity.email,
                "ready": [*ready, identity.binding, *self._firewalls.objects, *self._exposure],
            },
            opts,
        )

    def _cloud_labels(self, labels: Mapping[str, str]) -> dict[str, str]:
        return {**labels, OWNER_LABEL: cloud_name(self._args["owner"])}

    def _ways(self) -> set[str]:
        configuration = self._args["configuration"]
        instances = (*(one for one in configuration.machines if one.gce), *configuration.groups)
        return {configuration.way_to_api_server(one.network) for one in instances}

    def _expose(self) -> list[pulumi.Resource]:
        return ApiServerExposure(
            "api-server-exposure",
            {
                "namespace": SYSTEM_NAMESPACE,
                "labels": self._args["labels"],
                "selector": self._args["selector"],
                "ready": self._args["control_plane"].ready,
            },
            pulumi.ResourceOptions(parent=self),
        ).objects

    def _rules(self, pods_of_gke: str) -> list[Rule]:
        configuration = self._args["configuration"]
        written = configuration.cluster.pods_cidr
        pods = written if written != AUTO else pods_of_gke
        rules = list(
            firewall_rules(
                self._args["owner"],
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
                        "missing: pods and instances reach each other by firewall rules, and the cluster does not say "
                        "which addresses its pods have",
                        "podsCidr: <the range of the pods' addresses, such as 10.244.0.0/16>",
                    )
                ]
            )
        return rules

    def _identity(self, workload: WorkloadConfiguration, ready: list[pulumi.Resource]) -> InstanceIdentity:
        """The workload's, made once for all its instances."""
        name = f"{workload.namespace}/{workload.name}"
        if name not in self._identities:
            self._identities[name] = InstanceIdentity(
                name,
                {
                    "workload": workload,
                    "rights": self._args["terms"].rights(workload.account),
                    "owner": self._args["owner"],
                    "labels": self._args["labels"],
                    "ready": ready,
                },
                pulumi.ResourceOptions(parent=self),
            )
        return self._identities[name]

    def _access(self, workload: WorkloadConfiguration, network: str) -> pulumi.Output[ClusterAccess]:
        configuration = self._args["configuration"]
        way = configuration.way_to_api_server(network)
        server, seconds = self._api_server, configuration.tokens.lifetime_seconds
        audience = self._args["terms"].token_audience

        def access(gateway_address: str) -> ClusterAccess:
            url, resolve = server_and_resolve(server, way, gateway_address)
            return ClusterAccess(
                server=url,
                resolve=resolve,
                certificate_authority=server.certificate_authority,
                namespace=workload.namespace,
                account=workload.account,
                audience=audience,
                token_seconds=seconds,
            )

        return self._args["control_plane"].gateway_address.apply(access)
