"""What a machine of the classic line should be, and the questions for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from meshx.config.resolved import Machine
from meshx.config.sections.mesh import MeshConfiguration
from meshx.control_plane.classic_gateway import gateway_ports
from meshx.doctor.proxy_ports import classic_sidecar_ports
from meshx.doctor.symptoms import Call, Questions
from meshx.doctor.wanted import inputs_of
from meshx.exposure.plan import ExposurePlan
from meshx.istio.versions import minor_version
from meshx.join.bundle import CLUSTER_ENV, Package, bundle_inputs
from meshx.join.facts import ClassicFacts
from meshx.join.machine_bundle import classic_machine_bundle
from meshx.machine.join_inputs import JoinInputs
from meshx.networks.topology import Networks

ORDINARY_USER = "nobody"
"""Who makes the trial call: here, root's and istio-proxy's traffic bypasses the proxy."""


def classic_wanted_inputs(
    machine: Machine, facts: ClassicFacts, address: str | None, package: Package, names: Mapping[str, str]
) -> JoinInputs:
    """Return the inputs of a machine's Join as the program makes them, without what the cluster does not tell.

    ``address`` is the gateway's, ``names`` are the exposed services' names that the machine knows, with addresses.
    """
    bundle: dict[str, Any] = bundle_inputs(classic_machine_bundle(machine, facts, names, package), None, address)
    if not facts.services_cidr:
        bundle["files"].pop(CLUSTER_ENV)
    if address is None:
        bundle["hosts"] = dict(names)
    return inputs_of(machine, {"bundle": bundle})


def classic_questions(
    machine: Machine,
    mesh: MeshConfiguration,
    address: str | None,
    plan: ExposurePlan,
    endpoints: Mapping[tuple[str, int], str],
) -> Questions:
    """Return the questions about the machine's ports and connections.

    ``endpoints`` are addresses with ports of services that it calls directly, each with the service.
    """
    elsewhere = Networks(own=mesh.network).is_elsewhere(machine.network)
    sidecar = classic_sidecar_ports(minor_version(mesh.istio_version))
    return Questions(
        gateways=[(address, port) for port in gateway_ports(elsewhere)] if address else [],
        ports=[*sidecar, *(port.listens_on for port in machine.workload.listening)],
        names=[],
        call=trial_call(machine, plan),
        caller=ORDINARY_USER,
        endpoints=endpoints,
    )


def trial_call(machine: Machine, plan: ExposurePlan) -> Call | None:
    """Return an HTTP call that a joined machine can make through its proxy; None if it knows no such service."""
    for offer in plan.offers:
        out = machine.uncaptured.outbound_ports
        http = next((port.number for port in offer.ports if port.is_http and port.number not in out), None)
        if http and machine.name in offer.near:
            return Call(offer.exposed.real_host, http, "/")
        if http and machine.name in offer.far:
            return Call(offer.exposed.host, http, "/")
    return None
