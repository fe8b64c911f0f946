"""The outputs of a stack."""

from typing import Any

from meshx.components.shared.mesh_context import MeshContext
from meshx.config.stack import StackConfiguration
from meshx.exposure.plan import ExposurePlan
from meshx.join.facts import ControlPlaneFacts


def described(context: MeshContext) -> dict[str, Any]:
    """The control plane: `{version, gatewayAddress, clusterName, network}`."""
    facts = context.control_plane.facts
    return {
        "version": context.configuration.mesh.istio_version,
        "gatewayAddress": context.control_plane.gateway_address,
        "clusterName": facts.cluster_name,
        "network": facts.network,
    }


def machines_by_name(configuration: StackConfiguration, facts: ControlPlaneFacts) -> dict[str, Any]:
    """Each machine as `{address, network, workload, identity}`."""
    return {
        machine.name: {
            "address": machine.address,
            "network": machine.network,
            "workload": f"{machine.workload.namespace}/{machine.workload.name}",
            "identity": facts.identity(machine.workload.namespace, machine.workload.account),
        }
        for machine in configuration.machines
    }


def services_by_name(configuration: StackConfiguration) -> dict[str, str]:
    """Every service by name, `host:port`: the first port under the service's name, each further one as `name:port`."""
    services: dict[str, str] = {}
    for workload in configuration.workloads:
        hosts = {f"{workload.namespace}/{one.name}": (one.host, one.ports) for one in workload.served} | {
            f"{workload.namespace}/{workload.name}/{machine.name}": (
                workload.machine_service_host(machine.name),
                workload.ports,
            )
            for machine in workload.members
        }
        for service, (host, ports) in hosts.items():
            for position, port in enumerate(ports):
                services[service if position == 0 else f"{service}:{port.name}"] = f"{host}:{port.port}"
    return services


def exposed_by_name(exposure: ExposurePlan) -> dict[str, str]:
    """Each exposed service as `host:port`: the first port under `namespace/service`, each further one under
    `namespace/service:port`.
    """
    return {
        f"{offer.exposed.namespace}/{offer.exposed.service}{f':{port.number}' if position else ''}": (
            f"{offer.host}:{port.number}"
        )
        for offer in exposure.offers
        for position, port in enumerate(offer.ports)
    }
