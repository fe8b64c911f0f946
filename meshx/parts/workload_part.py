"""A workload alone, added to a control plane."""

from collections.abc import Sequence
from typing import cast

import pulumi

from meshx.arguments import WorkloadArgs
from meshx.components.foundation import making
from meshx.components.machines import Machines
from meshx.parts.added_part import added, added_foundation, refuse_revoked
from meshx.parts.records import KEY, KnownService, PartedMesh, without_machines, workload_record
from meshx.stack.logical_names import named


class Workload(pulumi.ComponentResource):
    """One workload: its identity, its ports, and its machines.

    **Pulumi Type:** `meshx:index:Workload`. Produces the line's own Workload, and the namespace if it is to.
    """

    host: str
    """The name by which it is called."""

    def __init__(
        self,
        name: str,
        args: WorkloadArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        control_plane: PartedMesh,
        exposed: Sequence[KnownService] = (),
    ) -> None:
        """control_plane: a ControlPlane or an EastWestGateway. exposed: the ExposedServices that its machines are to
        know by their `.global` names.

        Raises RefusedConfigurationError, a pulumi.RunError, with all that is wrong.
        """
        self.known = [dict(one.stated) for one in exposed]
        given = added(name, control_plane, {"workloads": [args], "exposed": self.known})
        with making(given):
            refuse_revoked(given)
            base = added_foundation(f"workload-{name}", given, control_plane, opts)
            super().__init__("meshx:index:Workload", name, None, base.options)
            preflight = base.preflight(self)
            context = base.context(preflight, control_plane.of_line, self)
            (workload,) = preflight.configuration.workloads
            namespaces = base.namespaces(preflight.configuration, self)
            tokens = base.line.token_policy(context, self, name)
            machines = Machines(context, base.line, self, given.outputs)
            # Of this workload alone: nobody knows here what else the program makes.
            with machines.waves.gates():
                base.line.workload(
                    named(f"{workload.namespace}/{workload.name}"),
                    {
                        "workload": workload,
                        "context": context,
                        "ready": [*namespaces.get(workload.namespace, []), *control_plane.of_line.ready, *tokens],
                        "maker": machines,
                    },
                    pulumi.ResourceOptions(parent=self, depends_on=[cast("pulumi.Resource", one) for one in exposed]),
                )
        self.stated = without_machines(args)
        self.control_plane = control_plane
        self.host = workload.host
        self.register_outputs({"host": self.host, KEY: workload_record(control_plane, given)})
