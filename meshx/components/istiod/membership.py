"""A machine's membership in a mesh since Istio 1.20: a WorkloadEntry, a token, and its own ServiceEntry."""

from typing import Any

import pulumi

from meshx.components.resources.join import MembershipInputs
from meshx.components.shared.gateway_values import gateway_bundle
from meshx.components.shared.istio_object import istio_object
from meshx.components.shared.machine_service_entry import machine_service_entry
from meshx.components.shared.mesh_context import MeshContext
from meshx.config.resolved import Machine
from meshx.istio.labels import HEALTH_CHECKS_ANNOTATION
from meshx.join.bundle import JoinBundle
from meshx.join.gateway_endpoint import GatewayEndpoint
from meshx.join.machine_bundle import MACHINE_LABEL, entry_name, machine_bundle, machine_labels, token_inputs
from meshx.join.token_renewal import renewal_inputs


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

        inputs = gateway_bundle(control_plane.gateway, control_plane.root_certificate, bundle)
        if machine.renew_as and context.api_server is not None:
            server, workload = context.api_server, machine.workload
            inputs["renewal"] = renewal_inputs(
                server.url,
                server.certificate_authority,
                workload.namespace,
                workload.account,
                configuration.tokens.lifetime_seconds,
            )
        return {"bundle": inputs, "workloadEntry": entry_name(machine), "token": token_inputs(configuration)}

    def announce(self, name: str, parent: pulumi.Resource, join: pulumi.Resource) -> None:
        """Nothing: callers know the entries already, and wait for its health."""


def _entry_spec(machine: Machine) -> dict[str, Any]:
    workload = machine.workload
    spec: dict[str, Any] = {
        "address": machine.address,
        "labels": machine_labels(machine),
        "serviceAccount": workload.account,
        "ports": {port.name: port.listens_on for port in workload.ports},
    }
    if machine.network:
        spec["network"] = machine.network
    return spec


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
