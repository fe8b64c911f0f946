"""A Compute Engine instance as a machine: the stack makes it, it joins by itself, the stack waits for it."""

from typing import TypedDict

import pulumi
import pulumi_gcp as gcp

from meshx.components.gce.instance_properties import SCOPES, SHIELDED, InstanceSurroundings, metadata, tags
from meshx.components.resources.instance_join import InstanceJoin
from meshx.components.shared.membership_interface import Membership
from meshx.config.resolved import GceInstance, Machine

WRITTEN = [
    "allowStoppingForUpdate",
    "bootDisk",
    "deletionProtection",
    "labels",
    "machineType",
    "metadata",
    "networkInterfaces",
    "serviceAccount",
    "shieldedInstanceConfig",
    "tags",
]
"""Inputs that may differ on an adopted instance until the `up` after its adoption."""
UNSAID = [
    "advancedMachineFeatures",
    "attachedDisks",
    "canIpForward",
    "confidentialInstanceConfig",
    "description",
    "desiredStatus",
    "enableDisplay",
    "guestAccelerators",
    "hostname",
    "keyRevocationActionType",
    "minCpuPlatform",
    "networkPerformanceConfig",
    "params",
    "reservationAffinity",
    "resourcePolicies",
    "scheduling",
    "scratchDisks",
]
"""Inputs that an adopted instance may have but the stack does not set: removing most of them would recreate it."""


class GceMachineArgs(TypedDict):
    """The arguments of one instance."""

    machine: Machine
    instance: GceInstance
    membership: Membership
    surroundings: InstanceSurroundings


class GceMachine(pulumi.ComponentResource):
    """One machine in the mesh: known to the control plane, created, joins by itself, callable by its own name.

    **Pulumi Type:** `meshx:index:Machine`. Produces a `gcp.compute.Address`, a `gcp.compute.Instance` and an
    `InstanceJoin`, and what the machine's `Membership` makes. During adoption only the Instance.
    """

    def __init__(self, name: str, args: GceMachineArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("meshx:index:Machine", name, None, opts)
        machine, membership = args["machine"], args["membership"]
        entries = [] if args["instance"].adopt else membership.make_known(name, self)
        instance = self._instance(name, args, [*entries, *args["surroundings"].ready])
        if not args["instance"].adopt:
            entry = membership.join_inputs()["workloadEntry"]
            join = InstanceJoin(
                name,
                {
                    "machine": machine.name,
                    "namespace": machine.workload.namespace,
                    "workloadEntry": entry,
                    "announced": True if machine.workload.ports and entry is None else None,
                    "instance": instance.instance_id,
                    "drainSeconds": machine.workload.drain_seconds,
                },
                opts=pulumi.ResourceOptions(parent=self, depends_on=[instance]),
            )
            membership.announce(name, self, join)
        self.register_outputs({})

    def _instance(self, name: str, args: GceMachineArgs, ready: list[pulumi.Resource]) -> gcp.compute.Instance:
        machine, made, around = args["machine"], args["instance"], args["surroundings"]
        shape = made.shape
        path = f"projects/{shape.project}/zones/{made.zone}/instances/{machine.name}"
        return gcp.compute.Instance(
            name,
            name=machine.name,
            zone=made.zone,
            machine_type=shape.machine_type,
            boot_disk={"initialize_params": {"image": shape.image, "size": shape.disk_gb}},
            network_interfaces=[{"subnetwork": shape.subnetwork, "network_ip": self._address(name, args)}],
            service_account={"email": around.email, "scopes": SCOPES},
            shielded_instance_config=SHIELDED,
            tags=tags(around.owner, machine, shape),
            labels=around.labels,
            metadata=metadata(args["membership"].join_inputs()["bundle"], around.access, shape.startup),
            # Another machine type or account needs a stop; istiod stops sending calls when it disconnects.
            allow_stopping_for_update=True,
            deletion_protection=made.deletion_protection,
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=ready,
                # Its name and its address are its own.
                delete_before_replace=True,
                import_=path if made.adopt else None,
                ignore_changes=[*UNSAID, *(WRITTEN if made.adopt else ())],
            ),
        )

    def _address(self, name: str, args: GceMachineArgs) -> pulumi.Input[str]:
        """The machine's reserved address, so that a recreated instance gets it again."""
        machine, made = args["machine"], args["instance"]
        if made.adopt:
            return machine.address
        reserved = gcp.compute.Address(
            name,
            name=machine.name,
            address=machine.address,
            address_type="INTERNAL",
            subnetwork=made.shape.subnetwork,
            region=made.region,
            labels=args["surroundings"].labels,
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
        )
        return reserved.address
