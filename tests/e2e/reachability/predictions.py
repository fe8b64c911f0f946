"""What the model says of a project's stack, by the very functions that the program calls."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from meshx.cluster.cluster_client import Cluster
from meshx.config.loading import load
from meshx.config.owner import Owner
from meshx.config.stack import StackConfiguration
from meshx.config.stack_networks import stack_networks
from meshx.control_plane.exposed_services import classic_exposure
from meshx.control_plane.exposed_services_function import exposed_services
from meshx.control_plane.installed_facts import installed_facts
from meshx.control_plane.running_classic_mesh import classic_networks
from meshx.exposure.found_services import found_services, looked_for
from meshx.exposure.plan import ExposurePlan, exposure_plan
from meshx.networks.topology import Networks
from meshx.reachability.connections import Connection
from meshx.reachability.pairs import classic_pairs, istiod_pairs
from sandbox.network.addresses import SERVICES
from tests.e2e.stack.mesh_project import STACK, MeshProject


def configuration(project: MeshProject) -> StackConfiguration:
    """The stack's configuration, loaded as the program does."""
    content = yaml.safe_load((project.folder / f"Pulumi.{STACK}.yaml").read_text())["config"]
    return load({key.removeprefix("meshx:"): value for key, value in content.items()}, project.folder)


def predicted(project: MeshProject, secluded: Collection[str] = ()) -> tuple[Connection, ...]:
    """Every pair of the stack. secluded: networks that are out of others' reach, beside those of the configuration."""
    stack = configuration(project)
    facts = installed_facts(stack.mesh)
    networks = stack_networks(stack, frozenset({facts.network}))
    exposure = _exposure(stack, networks, facts.trust_domain, project.owner)
    networks = replace(networks, secluded=networks.secluded | set(secluded))
    return istiod_pairs(stack, facts, networks, exposure, project.owner)


def classic_predicted(project: MeshProject) -> tuple[Connection, ...]:
    """Every pair of a stack of Istio 1.1 to 1.4."""
    stack = configuration(project)
    networks, cluster = classic_networks(stack), _cluster(stack)
    exposure = classic_exposure(
        stack, networks, str(SERVICES), project.owner, lambda _, asked: exposed_services(cluster, asked)
    )
    return classic_pairs(stack, networks, exposure, project.owner)


def kept_rows(project: MeshProject) -> dict[str, Any]:
    """The rows that the state has."""
    (table,) = (one for one in project.state() if one["type"] == "meshx:index:ReachabilityTable")
    return dict(table["inputs"]["rows"])


def _exposure(stack: StackConfiguration, networks: Networks, trust_domain: str, owner: Owner) -> ExposurePlan:
    if not stack.exposed:
        return ExposurePlan()
    found = exposed_services(_cluster(stack), looked_for(stack.exposed, stack.mesh.line, owner))
    seen = found_services(found, stack.mesh.line)
    return exposure_plan(stack.exposed, (*stack.machines, *stack.groups), seen, trust_domain, networks)


def _cluster(stack: StackConfiguration) -> Cluster:
    file = stack.cluster.kubeconfig_file
    return Cluster(str(Path(file.path)) if file else None, stack.cluster.context)
