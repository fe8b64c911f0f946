"""What a machine should be, and the questions for it: from the configuration and what the cluster says of itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from meshx.config.resolved import Machine
from meshx.config.stack import StackConfiguration
from meshx.config.values.files import ProjectFile
from meshx.control_plane.gateway_address import GatewayAddressError, Told
from meshx.doctor.proxy_ports import sidecar_ports
from meshx.doctor.symptoms import Call, Questions
from meshx.istio.namespaces import CLUSTER_DOMAIN
from meshx.istio.ports import CROSS_NETWORK_PORT, ISTIOD_MONITORING_PORT, ISTIOD_TLS_PORT
from meshx.join.bundle import ROOT_CERTIFICATE, Package, bundle_inputs
from meshx.join.facts import ControlPlaneFacts
from meshx.join.gateway_endpoint import AT_AN_ADDRESS, GatewayEndpoint
from meshx.join.hosts import istiod_host
from meshx.join.machine_bundle import entry_name, machine_bundle, token_inputs
from meshx.join.mesh_defaults import mesh_uncaptured
from meshx.machine.connection_inputs import connection_inputs
from meshx.machine.join_inputs import JoinInputs, join_inputs
from meshx.networks.topology import Networks


def wanted_inputs(
    configuration: StackConfiguration,
    machine: Machine,
    facts: ControlPlaneFacts,
    package: Package,
    *,
    gateway: GatewayEndpoint | None,
    root: str | None,
    names: Mapping[str, str],
) -> JoinInputs:
    """Return the inputs of a machine's Join as the program makes them, without what the cluster does not tell.

    ``names`` are the exposed services' names that the machine knows, each with its address. ``root``: the mesh's root
    certificate.
    """
    made = machine_bundle(configuration, machine, facts, names, package, gateway=gateway or AT_AN_ADDRESS)
    bundle: dict[str, Any] = bundle_inputs(made, root, gateway.hosts_address if gateway else None)
    if root is None:
        bundle["files"].pop(ROOT_CERTIFICATE)
    if gateway is None:
        bundle["hosts"] = dict(made.service_names)
    token = token_inputs(configuration, facts)
    return inputs_of(machine, {"bundle": bundle, "workloadEntry": entry_name(machine), "token": token})


def inputs_of(machine: Machine, brought: Mapping[str, Any]) -> JoinInputs:
    """Return the inputs of a machine's Join: what it is and how meshx reaches it, beside what it gets (`brought`)."""
    workload = machine.workload
    inputs = join_inputs(
        {
            "machine": machine.name,
            "namespace": workload.namespace,
            "serviceAccount": workload.account,
            "connection": connection_inputs(machine.ssh),
            **brought,
        }
    )
    key, of_bastion = _path(machine.ssh.private_key_file), _path(machine.ssh.bastion_key_file)
    return replace(inputs, connection=replace(inputs.connection, private_key_file=key, bastion_key_file=of_bastion))


def _path(file: ProjectFile | None) -> str | None:
    """Where a file is on this computer; the user may run the doctor in any folder."""
    return str(file.path) if file else None


def questions(machine: Machine, facts: ControlPlaneFacts, gateway: GatewayEndpoint | None) -> Questions:
    """Return the questions about the machine's ports, names and connections."""
    call, authority = trial_call(machine, facts), facts.authority
    ports = gateway_ports(machine, facts)
    return Questions(
        gateways=[(gateway.host, gateway.port(port)) for port in ports] if gateway else [],
        gateway_name=gateway.host if gateway and gateway.is_name else "",
        ports=[*sidecar_ports(machine), *(port.listens_on for port in machine.workload.listening)],
        names=[call.host] if call else [],
        call=call,
        authorities=[]
        if authority is None or authority.through_gateway
        else [(authority.reached_at or authority.host, authority.port)],
    )


def gateway_ports(machine: Machine, facts: ControlPlaneFacts) -> list[int]:
    """Return the gateway's ports that the machine needs: on another network it needs one for services as well."""
    elsewhere = Networks(own=facts.network).is_elsewhere(machine.network)
    return [ISTIOD_TLS_PORT, CROSS_NETWORK_PORT] if elsewhere else [ISTIOD_TLS_PORT]


def trial_call(machine: Machine, facts: ControlPlaneFacts) -> Call | None:
    """Return a call that a joined machine can make through its proxy.

    For a machine on the cluster's network, istiod's own port. From another one the gateway leads only to workloads
    with a sidecar, so there it is the workload's own service, if it speaks HTTP on a port that goes through the proxy;
    else None.
    """
    past = mesh_uncaptured(facts.proxy_defaults).beside(machine.uncaptured).outbound_ports
    if not Networks(own=facts.network).is_elsewhere(machine.network):
        host = f"{istiod_host(facts)}.{CLUSTER_DOMAIN}"
        return Call(host, ISTIOD_MONITORING_PORT, "/version")
    for port in machine.workload.ports:
        if port.carries == "HTTP" and port.port not in past:
            return Call(machine.workload.host, port.port, "/")
    return None


def known_gateway(
    told: Told, found: Mapping[str, Any] | None, machine: Machine | None = None
) -> GatewayEndpoint | None:
    """Return where machines, or this one, reach the gateway; None if they do nowhere or the cluster did not say."""
    if found is None:
        return None
    if machine is not None:
        told = replace(told, machines=machine.addresses)
    try:
        return told.endpoint(found)
    except GatewayAddressError:
        return None
