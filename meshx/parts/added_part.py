"""A part that a program adds to a control plane."""

from collections.abc import Mapping
from typing import Any

import pulumi

from meshx.components.foundation import Foundation, foundation
from meshx.istio.versions import IstioLine
from meshx.parts.control_plane_part import ControlPlane
from meshx.stack.given_mesh import GivenMesh, given_part


def added(name: str, control_plane: ControlPlane, keys: Mapping[str, Any]) -> GivenMesh:
    """Check a part: with the settings of its control plane, and top-level keys of its own."""
    return given_part(name, control_plane.base.given, keys)


def added_foundation(
    name: str, given: GivenMesh, control_plane: ControlPlane, opts: pulumi.ResourceOptions | None
) -> Foundation:
    """The foundation of a part, with the owner and the providers of its control plane. name: of its checks."""
    return foundation(name, given, opts, control_plane.base)


def refuse_classic(control_plane: ControlPlane, what: str) -> None:
    """Raise pulumi.RunError for a part that Istio 1.1 to 1.4 has in objects of others."""
    mesh = control_plane.base.given.configuration.mesh
    if mesh.line is IstioLine.CLASSIC:
        raise pulumi.RunError(f"Istio {mesh.istio_version} has {what}: give them to one Mesh")


def refuse_revoked(given: GivenMesh) -> None:
    """Raise pulumi.RunError for revoked machines in a part, whose control plane does not know them."""
    if revoked := [machine.name for machine in given.configuration.revoked_machines]:
        raise pulumi.RunError(
            f"{', '.join(revoked)} cannot be revoked here, since the providers of the control plane do not know it: "
            "give control plane and workloads to one Mesh"
        )
