"""The components of each Istio line: preflight, control plane, exposed services, workloads and machines' membership.

They hide all differences between the lines; the rest of the program does not check the version.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from meshx.components.classic.control_plane import ClassicControlPlane
from meshx.components.classic.exposed_service import ClassicExposedService
from meshx.components.classic.membership import ClassicMembership
from meshx.components.classic.workload import ClassicWorkload
from meshx.components.istiod.control_plane import IstiodControlPlane
from meshx.components.istiod.definitions import release_checks
from meshx.components.istiod.exposed_service import ExposedService
from meshx.components.istiod.membership import IstiodMembership
from meshx.components.istiod.token_policy import token_policy
from meshx.components.istiod.workload import Workload
from meshx.components.preflight import classic_preflight, istiod_preflight
from meshx.components.shared.control_plane_interface import ControlPlane, ControlPlaneArgs
from meshx.components.shared.exposed_service_args import ExposedServiceArgs
from meshx.components.shared.instance_terms import CLASSIC_TERMS, ISTIOD_TERMS, InstanceTerms
from meshx.components.shared.membership_interface import Membership
from meshx.components.shared.mesh_context import MeshContext
from meshx.components.shared.preflight_interface import Preflight
from meshx.components.shared.workload_args import WorkloadArgs
from meshx.config.owner import Owner
from meshx.config.resolved import Machine
from meshx.config.stack import StackConfiguration
from meshx.istio.versions import IstioLine
from meshx.stack.hooks import Check


@dataclass(frozen=True)
class LineComponents:
    """The components of one of the two lines; each takes its name, arguments and options."""

    preflight: Callable[[StackConfiguration, Owner, pulumi.Resource], Preflight[Any]]
    """From a stack's configuration, the stack as an owner, and the parent resource."""
    control_plane: Callable[[str, ControlPlaneArgs, pulumi.ResourceOptions], ControlPlane]
    exposed_service: Callable[[str, ExposedServiceArgs, pulumi.ResourceOptions], pulumi.Resource]
    workload: Callable[[str, WorkloadArgs, pulumi.ResourceOptions], pulumi.Resource]
    membership: Callable[[MeshContext, Machine, list[pulumi.Resource]], Membership]
    """From a machine, and what must exist before it joins."""
    instance_terms: InstanceTerms
    """What it needs of a machine that joins by itself."""
    token_policy: Callable[[MeshContext, pulumi.Resource, str], list[pulumi.Resource]]
    """What limits the tokens of machines' service accounts: from the parent resource, and the name of the part of a
    mesh ("" for a whole one)."""
    release_checks: Callable[[StackConfiguration], Mapping[str, Check]] = lambda _: {}
    """What is to be done before a release of a name is made or changed (meshx/stack/hooks.py)."""


def _without_tokens(*_: object) -> list[pulumi.Resource]:
    return []


ISTIO_LINES: dict[IstioLine, LineComponents] = {
    IstioLine.ISTIOD: LineComponents(
        istiod_preflight,
        IstiodControlPlane,
        ExposedService,
        Workload,
        IstiodMembership,
        ISTIOD_TERMS,
        token_policy,
        release_checks,
    ),
    IstioLine.CLASSIC: LineComponents(
        classic_preflight,
        ClassicControlPlane,
        ClassicExposedService,
        ClassicWorkload,
        ClassicMembership,
        CLASSIC_TERMS,
        _without_tokens,
    ),
}
