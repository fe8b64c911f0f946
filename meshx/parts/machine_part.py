"""A machine alone, added to a workload."""

from typing import cast

import pulumi

from meshx.arguments import MachineArgs
from meshx.components.foundation import making
from meshx.components.machines import Machines
from meshx.parts.added_part import added, added_foundation, refuse_classic, refuse_revoked
from meshx.parts.records import KnownWorkload
from meshx.stack.awaited_outputs import substituted


class Machine(pulumi.ComponentResource):
    """One machine of a workload: known to the control plane, joined, callable by its own name.

    **Pulumi Type:** `meshx:index:JoinedMachine`. Produces the `Machine` of its kind. Not for the classic line, whose
    workloads list their machines in objects of their own.
    """

    address: pulumi.Input[str]
    """The address at which pods reach it."""
    host: str
    """The name by which this one machine is called."""
    identity: str
    """Its SPIFFE URI."""

    def __init__(
        self, name: str, args: MachineArgs, opts: pulumi.ResourceOptions | None = None, *, workload: KnownWorkload
    ) -> None:
        """workload: a Workload. Raises RefusedConfigurationError, a pulumi.RunError, with all that is wrong."""
        control_plane = workload.control_plane
        refuse_classic(control_plane, "a workload's machines in the workload's own objects")
        keys = {"workloads": [{**workload.stated, "machines": [args]}], "exposed": workload.known}
        given = added(name, control_plane, keys)
        with making(given):
            refuse_revoked(given)
            base = added_foundation(f"machine-{name}", given, control_plane, opts)
            super().__init__("meshx:index:JoinedMachine", name, None, base.options)
            preflight = base.preflight(self)
            context = base.context(preflight, control_plane.of_line, self)
            (machine,) = preflight.configuration.machines
            Machines(context, base.line, self, given.outputs).machine(
                machine, [cast("pulumi.Resource", workload)], self
            )
        self.address = substituted(machine.address)
        self.host = machine.service_host
        self.identity = context.control_plane.facts.identity(machine.workload.namespace, machine.workload.account)
        self.register_outputs({"address": self.address, "host": self.host, "identity": self.identity})
