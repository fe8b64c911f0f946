"""What a mesh of each line of Istio is made of: its preflight, control plane, exposed services, workloads and
machines' membership.

Everything that differs between the lines is behind these; the rest of the program asks no version.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypedDict, cast

import pulumi

from meshx.components.classic.control_plane import ClassicControlPlane
from meshx.components.classic.exposed_service import ClassicExposedService
from meshx.components.classic.membership import ClassicMembership
from meshx.components.classic.workload import ClassicWorkload
from meshx.components.istiod.control_plane import IstiodControlPlane
from meshx.components.istiod.exposed_service import ExposedService
from meshx.components.istiod.membership import IstiodMembership
from meshx.components.istiod.workload import Workload
from meshx.components.preflight import ClassicPreflight, IstiodPreflight, Preflight, classic_preflight, istiod_preflight
from meshx.components.shared.api_server import ApiServer
from meshx.components.shared.control_plane_interface import ControlPlane
from meshx.components.shared.exposed_service_args import ExposedServiceArgs
from meshx.components.shared.instance_terms import CLASSIC_TERMS, ISTIOD_TERMS, InstanceTerms
from meshx.components.shared.membership_interface import Membership
from meshx.components.shared.workload_args import WorkloadArgs
from meshx.config.resolved import Machine
from meshx.config.stack import StackConfiguration
from meshx.istio.versions import IstioLine
from meshx.join.bundle import Package
from meshx.join.facts import ClassicFacts
from meshx.join.token_renewal import IN_PLACE

CONTROL_PLANE = "control-plane"


class JoiningMachine(TypedDict):
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
class LineComponents:
    """What a mesh of one of the two lines is made of."""

    preflight: Callable[[StackConfiguration, str, pulumi.Resource], Preflight]
    """Of a stack's configuration, the value of its owner label, and what asks."""
    control_plane: Callable[[StackConfiguration, Preflight, dict[str, str], pulumi.ResourceOptions], ControlPlane]
    """Of a stack's configuration, what `preflight` found, the labels of everything made, and its options."""
    expose: Callable[[str, ExposedServiceArgs, pulumi.ResourceOptions], pulumi.Resource]
    workload: Callable[[str, WorkloadArgs, pulumi.ResourceOptions], pulumi.Resource]
    membership: Callable[[StackConfiguration, JoiningMachine], Membership]
    instance_terms: InstanceTerms
    """What it asks of a machine that joins by itself."""


def _istiod(
    configuration: StackConfiguration, preflight: Preflight, labels: dict[str, str], opts: pulumi.ResourceOptions
) -> IstiodControlPlane:
    # A line's control plane gets the preflight of the same line.
    found = cast("IstiodPreflight", preflight)
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


def _of_istiod(configuration: StackConfiguration, joining: JoiningMachine) -> Membership:
    control_plane = joining["control_plane"]
    return IstiodMembership(
        {
            "machine": joining["machine"],
            "package": joining["package"],
            "token_seconds": configuration.tokens.lifetime_seconds,
            "certificate_seconds": configuration.certificates.lifetime_seconds,
            "labels": joining["labels"],
            "names": joining["names"],
            "facts": control_plane.facts,
            "root_certificate": control_plane.root_certificate,
            "gateway_address": control_plane.gateway_address,
            "renewal": _renewal(configuration, joining["machine"], joining["api_server"]),
            "ready": joining["ready"],
        }
    )


def _citadel(
    configuration: StackConfiguration, preflight: Preflight, labels: dict[str, str], opts: pulumi.ResourceOptions
) -> ClassicControlPlane:
    return ClassicControlPlane(
        CONTROL_PLANE,
        {
            "mesh": configuration.mesh,
            # A line's control plane gets the preflight of the same line.
            "cluster": cast("ClassicPreflight", preflight).cluster,
            "across_networks": preflight.other_networks,
            "labels": labels,
        },
        opts,
    )


def _of_citadel(configuration: StackConfiguration, joining: JoiningMachine) -> Membership:
    control_plane = joining["control_plane"]
    return ClassicMembership(
        {
            "machine": joining["machine"],
            "package": joining["package"],
            "labels": joining["labels"],
            "names": joining["names"],
            # A control plane of this line says what its machines' bundle needs.
            "facts": cast("ClassicFacts", control_plane.facts),
            "gateway_address": control_plane.gateway_address,
        }
    )


ISTIO_LINES: dict[IstioLine, LineComponents] = {
    IstioLine.ISTIOD: LineComponents(istiod_preflight, _istiod, ExposedService, Workload, _of_istiod, ISTIOD_TERMS),
    IstioLine.CLASSIC: LineComponents(
        classic_preflight, _citadel, ClassicExposedService, ClassicWorkload, _of_citadel, CLASSIC_TERMS
    ),
}
