"""An existing machine, over SSH."""

from typing import Any, TypedDict

import pulumi

from meshx.components.resources.join import CommandsInputs, Join, JoinArgs
from meshx.components.shared.membership_interface import Membership
from meshx.components.ssh.command_login import command_login
from meshx.components.ssh.ordered_joins import Waves
from meshx.config.resolved import Machine
from meshx.config.stack import StackConfiguration
from meshx.machine.connection_inputs import connection_inputs
from meshx.stack.logical_names import named


class SshMachineArgs(TypedDict):
    """The arguments of one machine of a workload."""

    machine: Machine
    membership: Membership
    """Its membership in its Istio line."""
    ready: list[pulumi.Resource]
    """What must exist before the machine joins."""
    configuration: StackConfiguration
    waves: Waves


class SshMachine(pulumi.ComponentResource):
    """One machine in the mesh: known to the control plane, joined, callable by its own name.

    **Pulumi Type:** `meshx:index:Machine`. Produces the Join, and what the machine's `Membership` makes.
    """

    def __init__(self, name: str, args: SshMachineArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        machine, membership = args["machine"], args["membership"]
        # Stacks may have it under its former name.
        former = pulumi.ResourceOptions(aliases=[pulumi.Alias(name=named(machine.name_in_workload))])
        super().__init__("meshx:index:Machine", name, None, pulumi.ResourceOptions.merge(opts, former))
        workload = machine.workload
        entries = membership.make_known(name, self)
        inputs: JoinArgs = {
            "machine": machine.name,
            "namespace": workload.namespace,
            "serviceAccount": workload.account,
            "connection": connection_inputs(machine.ssh),
            **membership.join_inputs(),
            "drainSeconds": workload.drain_seconds,
            "onUnreachable": workload.on_unreachable,
            "upgrades": _upgrades(args["configuration"]),
            "wayBackSeconds": args["configuration"].rollout.way_back_seconds,
            "heldSeconds": args["waves"].holds(machine),
            "revokedAccounts": list(workload.revoked_accounts) or None,
            **_commands_inputs(machine),
        }
        first = [*(entries or args["ready"]), *args["waves"].before(machine)]
        join = Join(name, inputs, opts=pulumi.ResourceOptions(parent=self, depends_on=first))
        args["waves"].takes(machine, join, inputs)
        membership.announce(name, self, join)
        if machine.commands is not None:
            # As below: only for machines with commands.
            from meshx.components.ssh.machine_commands import run_commands  # noqa: PLC0415

            run_commands(machine, machine.commands, command_login(args["configuration"], machine), join, self)
        self.register_outputs({})


def _upgrades(configuration: StackConfiguration) -> dict[str, Any] | None:
    """What packages are compared with; nothing in a stack that says nothing of upgrades."""
    rollout = configuration.rollout
    if not rollout.is_written:
        return None
    return {"controlPlane": configuration.mesh.istio_version, "allowDowngrade": rollout.allow_downgrade}


def _commands_inputs(machine: Machine) -> CommandsInputs:
    """What the Join must know of the commands: its probe may fail until they have run, and it runs `down`."""
    if machine.commands is None:
        return {"awaitHealth": None, "beforeLeaving": None}
    # Imported here, so that a stack without commands does not need the plugin `command`.
    from meshx.components.ssh.machine_commands import command_before_leaving  # noqa: PLC0415

    return {"awaitHealth": False, "beforeLeaving": command_before_leaving(machine.commands)}
