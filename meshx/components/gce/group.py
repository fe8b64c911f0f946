"""A group of Compute Engine instances: all alike. Google keeps and recreates them, and they register themselves."""

from dataclasses import replace
from typing import TypedDict

import pulumi
import pulumi_gcp as gcp

from meshx.components.gce.instance_properties import SCOPES, SHIELDED, InstanceSurroundings, metadata, tags
from meshx.components.resources.group_join import GroupJoin
from meshx.components.shared.gateway_values import gateway_bundle
from meshx.components.shared.mesh_context import MeshContext
from meshx.config.resolved import Autoscaling, Group
from meshx.google_cloud.cloud_names import LONGEST_PREFIX, cloud_name, readable_name
from meshx.istio.ports import READINESS_PATH, READINESS_PORT
from meshx.join.bundle import JoinBundle, join_bundle
from meshx.join.facts import MachineFacts
from meshx.join.gateway_endpoint import GatewayEndpoint
from meshx.join.leaving_probe import leave_seconds, leaving_probe
from meshx.join.machine_bundle import beside_metadata_server
from meshx.join.readiness_probe import istio_probe
from meshx.join.startup_script import ClusterAccess
from meshx.join.workload_facts import workload_facts

ZONES = 3
"""The number of zones over which Google spreads a group without configured zones
(https://cloud.google.com/compute/docs/instance-groups/distributing-instances-with-regional-instance-groups)."""
BOOT_SECONDS = 300
"""How long an instance may take to get ready before Google recreates it."""


class GceGroupArgs(TypedDict):
    """The arguments of a group."""

    group: Group
    context: MeshContext
    surroundings: InstanceSurroundings


class GceGroup(pulumi.ComponentResource):
    """The instances of a workload that come and go.

    **Pulumi Type:** `meshx:index:InstanceGroup`. Produces a `gcp.compute.RegionInstanceTemplate`, a
    `gcp.compute.HealthCheck`, a `gcp.compute.RegionInstanceGroupManager`, a `gcp.compute.RegionAutoscaler` with
    `autoscaling`, and a `GroupJoin`. istiod makes a WorkloadEntry for each instance that connects, and removes it once
    that is gone.
    """

    def __init__(self, name: str, args: GceGroupArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("meshx:index:InstanceGroup", name, None, opts)
        group, template = args["group"], self._template(name, args)
        manager = self._manager(name, args, template, self._health_check(name, args))
        limits = group.autoscaling
        scaled = [] if limits is None else [self._autoscaler(name, group, limits, manager)]
        GroupJoin(
            name,
            {
                "group": group.workload.name,
                "namespace": group.workload.namespace,
                "size": group.size or (limits.least if limits else 1),
                "template": template.self_link,
                "drainSeconds": group.workload.drain_seconds,
            },
            pulumi.ResourceOptions(parent=self, depends_on=[manager, *scaled]),
        )
        self.register_outputs({})

    def _template(self, name: str, args: GceGroupArgs) -> gcp.compute.RegionInstanceTemplate:
        group, around = args["group"], args["surroundings"]
        workload, shape = group.workload, group.shape
        # A template never changes: a change makes a new one, and the group rolls over to it.
        return gcp.compute.RegionInstanceTemplate(
            name,
            name_prefix=f"{_cloud_name(args, LONGEST_PREFIX - 1)}-",
            description=f"Instances of {workload.namespace}/{workload.name}. Made by meshx.",
            region=group.region,
            machine_type=shape.machine_type,
            disks=[{"boot": True, "auto_delete": True, "source_image": shape.image, "disk_size_gb": shape.disk_gb}],
            network_interfaces=[{"subnetwork": shape.subnetwork}],
            service_account={"email": around.email, "scopes": SCOPES},
            shielded_instance_config=SHIELDED,
            tags=tags(around.owner, group, shape),
            labels=around.labels,
            metadata=metadata(_bundle(args), _access(args), shape.startup),
            opts=pulumi.ResourceOptions(parent=self, depends_on=around.ready, ignore_changes=["namePrefix"]),
        )

    def _health_check(self, name: str, args: GceGroupArgs) -> gcp.compute.HealthCheck:
        """The sidecar is ready once it has its configuration; istiod checks whether the program serves."""
        return gcp.compute.HealthCheck(
            name,
            name=_cloud_name(args),
            description="Whether the sidecar is ready. Made by meshx.",
            check_interval_sec=10,
            timeout_sec=5,
            healthy_threshold=2,
            unhealthy_threshold=3,
            http_health_check={"port": READINESS_PORT, "request_path": READINESS_PATH},
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True, ignore_changes=["name"]),
        )

    def _manager(
        self,
        name: str,
        args: GceGroupArgs,
        template: gcp.compute.RegionInstanceTemplate,
        health_check: gcp.compute.HealthCheck,
    ) -> gcp.compute.RegionInstanceGroupManager:
        group = args["group"]
        return gcp.compute.RegionInstanceGroupManager(
            name,
            name=_cloud_name(args),
            region=group.region,
            base_instance_name=readable_name(group.workload.name, longest=LONGEST_PREFIX),
            distribution_policy_zones=list(group.zones) or None,
            target_size=group.size,
            versions=[{"instance_template": template.self_link}],
            # One by one, each new instance before an old one goes.
            update_policy={
                "type": "PROACTIVE",
                "minimal_action": "REPLACE",
                "most_disruptive_allowed_action": "REPLACE",
                "replacement_method": "SUBSTITUTE",
                "max_surge_fixed": len(group.zones) or ZONES,
                "max_unavailable_fixed": 0,
                "instance_redistribution_type": "PROACTIVE",
            },
            auto_healing_policies={"health_check": health_check.id, "initial_delay_sec": BOOT_SECONDS},
            wait_for_instances=True,
            wait_for_instances_status="UPDATED",
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True, ignore_changes=["name"]),
        )

    def _autoscaler(
        self, name: str, group: Group, limits: Autoscaling, manager: gcp.compute.RegionInstanceGroupManager
    ) -> gcp.compute.RegionAutoscaler:
        return gcp.compute.RegionAutoscaler(
            name,
            name=manager.name,
            region=group.region,
            target=manager.id,
            autoscaling_policy={
                "min_replicas": limits.least,
                "max_replicas": limits.most,
                "cpu_utilization": {"target": limits.cpu},
                "cooldown_period": BOOT_SECONDS,
            },
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
        )


def _cloud_name(args: GceGroupArgs, longest: int = 61) -> str:
    """The name of what is made anew. What is there keeps its own (`ignore_changes`): another would replace it."""
    workload = args["group"].workload
    return cloud_name(args["surroundings"].owner, workload.namespace, workload.name, longest=longest)


def _access(args: GceGroupArgs) -> pulumi.Output[ClusterAccess]:
    """With the time that an instance takes to stop, since Google does not ask the stack first."""
    workload = args["group"].workload
    seconds = leave_seconds(istio_probe(workload.effective_probe), workload.drain_seconds)
    return args["surroundings"].access.apply(lambda access: replace(access, leave_seconds=seconds))


def _bundle(args: GceGroupArgs) -> dict[str, object]:
    """The bundle of every instance. Only host name and address differ, which the sidecar finds itself."""
    context, group = args["context"], args["group"]
    workload = group.workload
    probe = leaving_probe(istio_probe(workload.effective_probe))
    of_workload = workload_facts(workload, {"app": workload.name, **workload.labels}, probe)
    of_instances = MachineFacts(
        name="",
        address="",
        network=group.network,
        group=workload.name,
        certificate_seconds=context.configuration.certificates.lifetime_seconds,
        looked_up=tuple(context.exposure.looked_up_by(group.name).values()),
        uncaptured=beside_metadata_server(workload.uncaptured),
        services=context.configuration.cluster.services_cidr,
        locality=workload.locality or "",
    )

    def bundle(gateway: GatewayEndpoint) -> JoinBundle:
        package = context.packages.of(group.sidecar)
        return join_bundle(context.control_plane.facts, of_workload, of_instances, package, gateway)

    return gateway_bundle(context.control_plane.gateway, "", bundle)
