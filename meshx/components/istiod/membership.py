"""A machine's membership in a mesh since Istio 1.20: a WorkloadEntry, a token, and its own ServiceEntry."""

from collections.abc import Sequence
from typing import Any

import pulumi

from meshx.components.resources.join import MembershipInputs
from meshx.components.shared.gateway_values import Gateway, gateway_bundle
from meshx.components.shared.istio_object import istio_object
from meshx.components.shared.machine_service_entry import machine_service_entry
from meshx.components.shared.mesh_context import MeshContext
from meshx.config.leaves import is_placeholder
from meshx.config.resolved import Machine
from meshx.config.values.addresses import families
from meshx.istio.labels import HEALTH_CHECKS_ANNOTATION
from meshx.istio.load_balancing import load_balancing
from meshx.join.bundle import JoinBundle
from meshx.join.gateway_endpoint import GatewayEndpoint
from meshx.join.machine_bundle import MACHINE_LABEL, entry_name, machine_bundle, machine_labels, token_inputs
from meshx.join.token_renewal import renewal_inputs
from meshx.join.tunnels import tunnel_labels
from meshx.stack.awaited_outputs import substituted


class IstiodMembership:
    """A WorkloadEntry and a ServiceEntry (`<machine>.<workload>.<namespace>.svc.cluster.local`) for a machine that
    serves, made before it joins: istiod sends it no calls until it is healthy.
    """

    def __init__(self, context: MeshContext, machine: Machine, ready: list[pulumi.Resource]) -> None:
        self._context = context
        self._machine = machine
        self._ready = ready

    def make_known(self, name: str, parent: pulumi.Resource) -> list[pulumi.Resource]:
        """The entries of a machine that serves."""
        machine = self._machine
        workload = machine.workload
        if not workload.ports:
            return []
        options = pulumi.ResourceOptions(parent=parent, depends_on=self._ready)
        health = {HEALTH_CHECKS_ANNOTATION: "true"} if workload.effective_probe else {}
        networking = self._context.control_plane.facts.networking
        metadata = self._context.metadata(workload.namespace, str(entry_name(machine)), health)
        entry = istio_object(name, networking, metadata, _entry_spec(machine), options, kind="WorkloadEntry")
        own = machine_service_entry(
            name, networking, self._context, machine, _service_entry_spec(machine), options=options
        )
        return [entry, own]

    def join_inputs(self) -> MembershipInputs:
        """The bundle, the WorkloadEntry's name, and the token to request."""
        context, machine = self._context, self._machine
        control_plane, configuration = context.control_plane, context.configuration
        names, package = context.exposure.names_of(machine.name), context.packages.of(machine.sidecar)

        def bundle(gateway: GatewayEndpoint) -> JoinBundle:
            return machine_bundle(configuration, machine, control_plane.facts, names, package, gateway=gateway)

        inputs = gateway_bundle(self._gateway(), control_plane.root_certificate, bundle)
        token = token_inputs(configuration, control_plane.facts)
        if machine.renew_as and context.api_server is not None:
            server, workload = context.api_server, machine.workload
            inputs["renewal"] = renewal_inputs(
                server.url,
                server.certificate_authority,
                workload.namespace,
                workload.account,
                token,
            )
        return {"bundle": inputs, "workloadEntry": entry_name(machine), "token": token}

    def _gateway(self) -> Gateway:
        """Where the machine reaches the gateway: of addresses the one of its own family, where it has one alone."""
        machine = self._machine
        usual, for_ipv6 = self._context.control_plane.gateway, self._context.control_plane.gateway_for_ipv6
        if machine.second_address or usual is for_ipv6:
            return usual
        if not is_placeholder(machine.address):
            return for_ipv6 if machine.families == (6,) else usual
        either = pulumi.Output.all(usual, for_ipv6)
        return either.apply(lambda two: two[0] if two[0] == two[1] else _of_family(machine.address, two))

    def announce(self, name: str, parent: pulumi.Resource, join: pulumi.Resource) -> None:
        """Nothing: callers know the entries already, and wait for its health."""


def _of_family(address: str, two: Sequence[GatewayEndpoint]) -> pulumi.Output[GatewayEndpoint]:
    """The second endpoint if an address that is yet to be known is of IPv6, else the first."""
    known = pulumi.Output.from_input(substituted(address))
    return known.apply(lambda found: two[1] if families([found]) == (6,) else two[0])


def _entry_spec(machine: Machine) -> dict[str, Any]:
    workload = machine.workload
    spec: dict[str, Any] = {
        "address": machine.address,
        "labels": {**machine_labels(machine), **tunnel_labels(workload)},
        "serviceAccount": workload.account,
        "ports": {port.name: port.listens_on for port in workload.listening},
    }
    if machine.network:
        spec["network"] = machine.network
    return {**spec, **load_balancing(machine.locality, machine.weight)}


def _service_entry_spec(machine: Machine) -> dict[str, Any]:
    workload = machine.workload
    return {
        "hosts": [machine.service_host],
        "location": "MESH_INTERNAL",
        "resolution": "STATIC",
        "ports": [
            {"name": port.name, "number": port.port, "targetPort": port.listens_on, "protocol": port.carries}
            for port in workload.ports
        ],
        # Select by label and not by address, so that the machine's health counts here too.
        "workloadSelector": {"labels": {MACHINE_LABEL: machine.name, "app": workload.name}},
    }
