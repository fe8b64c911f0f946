"""A workload's machines of any kind: over SSH, or made in Google Cloud."""

from typing import TYPE_CHECKING, cast

import pulumi

from meshx.components.lines import LineComponents
from meshx.components.shared.mesh_context import MeshContext
from meshx.components.shared.renewal_rights import RenewalRights
from meshx.components.ssh.ordered_joins import Waves
from meshx.components.ssh.ssh_machine import SshMachine
from meshx.config.resolved import Group, Machine
from meshx.stack.awaited_outputs import AwaitedOutputs
from meshx.stack.logical_names import named

if TYPE_CHECKING:
    from meshx.components.gce.compute_engine import ComputeEngine


class Machines:
    """Makes machines and groups, each below its workload, and below `mesh` what they share."""

    def __init__(
        self, context: MeshContext, line: LineComponents, mesh: pulumi.Resource, outputs: AwaitedOutputs | None = None
    ) -> None:
        """outputs: those among the mesh's arguments, which are checked before anything of a machine is made."""
        self._context = context
        self._outputs = outputs
        self._line = line
        self._mesh = mesh
        self.waves = Waves(context.configuration, mesh)
        self._instances = self._compute_engine() if context.configuration.has_instances else None

    def machine(self, machine: Machine, ready: list[pulumi.Resource], parent: pulumi.Resource) -> pulumi.Resource:
        """Make one machine's component; `ready` must exist first."""
        ready = [*ready, *self._renewal_rights(machine, ready)]
        membership = self._line.membership(self._context, machine, ready)
        options = self._below(parent)
        if machine.gce is not None and self._instances is not None:
            return self._instances.machine(machine, machine.gce, membership, ready, options)
        return SshMachine(
            named(machine.logical_name),
            {
                "machine": machine,
                "membership": membership,
                "ready": ready,
                "configuration": self._context.configuration,
                "waves": self.waves,
            },
            options,
        )

    def group(self, group: Group, ready: list[pulumi.Resource], parent: pulumi.Resource) -> pulumi.Resource:
        """Make a group's component; `ready` must exist first."""
        # A configuration with a group has instances.
        instances = cast("ComputeEngine", self._instances)
        return instances.group(group, ready, self._below(parent))

    def _below(self, parent: pulumi.Resource) -> pulumi.ResourceOptions:
        checked = [self._outputs.after_check] if self._outputs else None
        return pulumi.ResourceOptions(parent=parent, transformations=checked)

    def _renewal_rights(self, machine: Machine, ready: list[pulumi.Resource]) -> list[pulumi.Resource]:
        if not machine.renew_as:
            return []
        rights = RenewalRights(
            named(machine.logical_name),
            {"machine": machine, "context": self._context, "ready": ready},
            pulumi.ResourceOptions(parent=self._mesh),
        )
        return [rights.binding]

    def _compute_engine(self) -> "ComputeEngine":
        """What all Compute Engine instances share."""
        # Imported here: Google's SDK takes ten times as long to load as all the rest.
        from meshx.components.gce.compute_engine import ComputeEngine  # noqa: PLC0415

        return ComputeEngine(
            named("compute-engine"),
            {"context": self._context, "terms": self._line.instance_terms},
            pulumi.ResourceOptions(parent=self._mesh),
        )
