"""A machine's membership in a mesh of Istio 1.1 to 1.4: Citadel's Secret, and its own ServiceEntry."""

from typing import cast

import pulumi

from meshx.cluster.classic_service_specs import machine_entry_ports, machine_entry_spec
from meshx.components.resources.join import MembershipInputs
from meshx.components.shared.machine_service_entry import machine_service_entry
from meshx.components.shared.mesh_context import MeshContext
from meshx.config.resolved import Machine
from meshx.istio.api_versions import CLASSIC_NETWORKING
from meshx.join.bundle import bundle_inputs
from meshx.join.facts import ClassicFacts
from meshx.join.machine_bundle import classic_machine_bundle


class ClassicMembership:
    """A ServiceEntry (`<machine>.<workload>.<namespace>.svc.cluster.local`) for a machine that serves HTTP or TLS.

    This line does not check a machine's health: callers come as soon as an object names its address. So the
    ServiceEntry is made once the machine has joined, and removed before it leaves.
    """

    def __init__(self, context: MeshContext, machine: Machine, ready: list[pulumi.Resource]) -> None:
        self._context = context
        self._machine = machine

    def make_known(self, name: str, parent: pulumi.Resource) -> list[pulumi.Resource]:
        """Nothing: Citadel knows the machine by its service account."""
        return []

    def join_inputs(self) -> MembershipInputs:
        """The bundle, which names the Secret that holds the machine's identity."""
        context, machine = self._context, self._machine
        names, package = context.exposure.names_of(machine.name), context.packages.of(machine.sidecar)
        bundle = classic_machine_bundle(machine, facts_of(context), names, package)
        return {
            "bundle": bundle_inputs(bundle, None, context.control_plane.gateway_address),
            "workloadEntry": None,
            "token": None,
        }

    def announce(self, name: str, parent: pulumi.Resource, join: pulumi.Resource) -> None:
        """The machine's own ServiceEntry, if it has ports where proxies can choose by its name."""
        machine = self._machine
        if machine_entry_ports(machine):
            options = pulumi.ResourceOptions(parent=parent, depends_on=[join])
            spec = machine_entry_spec(machine)
            machine_service_entry(name, CLASSIC_NETWORKING, self._context, machine, spec, options=options)


def facts_of(context: MeshContext) -> ClassicFacts:
    """The control plane's facts that its machines' bundle needs."""
    return cast("ClassicFacts", context.control_plane.facts)
