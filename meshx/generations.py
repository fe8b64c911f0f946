"""What a mesh of each generation of Istio is made of: its ground, control plane, exposed services, workloads and
machines' membership.

Everything that differs between the generations is behind these parts; the rest of the program asks no version.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypedDict, cast

import pulumi

from meshx.classic_exposed import ClassicExposedService
from meshx.classic_workload import ClassicWorkload
from meshx.config.istio_version import Generation
from meshx.config.machine import Machine
from meshx.config.stack import StackConfiguration
from meshx.control_plane.classic import ClassicControlPlane
from meshx.control_plane.interface import ControlPlane
from meshx.control_plane.istiod import IstiodControlPlane
from meshx.exposed import ExposedService, ExposedServiceArgs
from meshx.gce.api_server import ApiServer
from meshx.gce.instance_terms import CLASSIC_TERMS, ISTIOD_TERMS, InstanceTerms
from meshx.groundwork import ClassicGroundwork, Groundwork, IstiodGroundwork, classic_groundwork, istiod_groundwork
from meshx.join.bundle import Package
from meshx.join.facts import ClassicFacts
from meshx.join.token_renewal import IN_PLACE
from meshx.machines.classic_membership import ClassicMembership
from meshx.machines.istiod_membership import IstiodMembership
from meshx.machines.membership import Membership
from meshx.workload import Workload, WorkloadArgs

CONTROL_PLANE = "control-plane"


class Newcomer(TypedDict):
    """A machine that is to become a member of a mesh."""

    machine: Machine
    package: Package
    labels: dict[str, str]
    """Labels of everything that is made in the cluster."""
    names: Mapping[str, str]
    """The names of exposed services that it knows, each with its address there."""
    control_plane: ControlPlane
    api_server: ApiServer | None
    """Where it renews its token itself; None where it does not."""
    ready: list[pulumi.Resource]
    """What must be there before the machine joins."""


@dataclass(frozen=True)
class Parts:
    """The parts of a mesh of one generation."""

    groundwork: Callable[[StackConfiguration, str, pulumi.Resource], Groundwork]
    """Of a stack's configuration, the value of its owner label, and what asks."""
    control_plane: Callable[[StackConfiguration, Groundwork, dict[str, str], pulumi.ResourceOptions], ControlPlane]
    """Of a stack's configuration, what `groundwork` found, the labels of everything made, and its options."""
    expose: Callable[[str, ExposedServiceArgs, pulumi.ResourceOptions], pulumi.Resource]
    workload: Callable[[str, WorkloadArgs, pulumi.ResourceOptions], pulumi.Resource]
    membership: Callable[[StackConfiguration, Newcomer], Membership]
    instance_terms: InstanceTerms
    """What it asks of a machine that joins by itself."""


def _istiod(
    configuration: StackConfiguration, ground: Groundwork, labels: dict[str, str], opts: pulumi.ResourceOptions
) -> IstiodControlPlane:
    # The ground of the same parts.
    found = cast("IstiodGroundwork", ground)
    return IstiodControlPlane(
        CONTROL_PLANE,
        {
            "mesh": configuration.mesh,
            "labels": labels,
            "facts": found.facts,
            "running": found.running,
            "other_networks": found.other_networks,
        },
        opts,
    )


def _renewal(configuration: StackConfiguration, machine: Machine, server: ApiServer | None) -> dict[str, object] | None:
    if server is None:
        return None
    return {
        "server": server.url.rstrip("/"),
        "certificateAuthority": server.certificate_authority,
        "namespace": machine.workload.namespace,
        "account": machine.workload.account,
        "audience": ISTIOD_TERMS.token_audience,
        "seconds": configuration.tokens.lifetime_seconds,
        "state": IN_PLACE,
    }


def _of_istiod(configuration: StackConfiguration, newcomer: Newcomer) -> Membership:
    control_plane = newcomer["control_plane"]
    return IstiodMembership(
        {
            "machine": newcomer["machine"],
            "package": newcomer["package"],
            "token_seconds": configuration.tokens.lifetime_seconds,
            "certificate_seconds": configuration.certificates.lifetime_seconds,
            "labels": newcomer["labels"],
            "names": newcomer["names"],
            "facts": control_plane.facts,
            "root_certificate": control_plane.root_certificate,
            "gateway_address": control_plane.gateway_address,
            "renewal": _renewal(configuration, newcomer["machine"], newcomer["api_server"]),
            "ready": newcomer["ready"],
        }
    )


def _citadel(
    configuration: StackConfiguration, ground: Groundwork, labels: dict[str, str], opts: pulumi.ResourceOptions
) -> ClassicControlPlane:
    return ClassicControlPlane(
        CONTROL_PLANE,
        {
            "mesh": configuration.mesh,
            # The ground of the same parts.
            "cluster": cast("ClassicGroundwork", ground).cluster,
            "across_networks": ground.other_networks,
            "labels": labels,
        },
        opts,
    )


def _of_citadel(configuration: StackConfiguration, newcomer: Newcomer) -> Membership:
    control_plane = newcomer["control_plane"]
    return ClassicMembership(
        {
            "machine": newcomer["machine"],
            "package": newcomer["package"],
            "labels": newcomer["labels"],
            "names": newcomer["names"],
            # A control plane of this line says what its machines' bundle needs.
            "facts": cast("ClassicFacts", control_plane.facts),
            "gateway_address": control_plane.gateway_address,
        }
    )


GENERATIONS: dict[Generation, Parts] = {
    Generation.ISTIOD: Parts(istiod_groundwork, _istiod, ExposedService, Workload, _of_istiod, ISTIOD_TERMS),
    Generation.CLASSIC: Parts(
        classic_groundwork, _citadel, ClassicExposedService, ClassicWorkload, _of_citadel, CLASSIC_TERMS
    ),
}
