"""A part that a program adds to a control plane."""

from collections.abc import Mapping
from typing import Any

import pulumi

from meshx.components.foundation import Foundation, foundation
from meshx.config.errors.paths import Location
from meshx.config.errors.problems import ConfigurationError, Problem
from meshx.istio.versions import IstioLine
from meshx.parts.records import PartedMesh
from meshx.stack.given_mesh import GivenMesh, given_part
from meshx.stack.refused_configuration import RefusedAtOnceError


def added(name: str, control_plane: PartedMesh, keys: Mapping[str, Any]) -> GivenMesh:
    """Check a part: with the settings of its control plane, and top-level keys of its own."""
    return given_part(name, control_plane.base.given, keys)


def added_foundation(
    name: str, given: GivenMesh, control_plane: PartedMesh, opts: pulumi.ResourceOptions | None
) -> Foundation:
    """The foundation of a part, with the owner and the providers of its control plane. name: of its checks."""
    return foundation(name, given, opts, control_plane.base)


def refuse_classic(control_plane: PartedMesh, what: str) -> None:
    """Raise pulumi.RunError for a part that Istio 1.1 to 1.4 has in objects of others."""
    mesh = control_plane.base.given.configuration.mesh
    if mesh.line is IstioLine.CLASSIC:
        raise pulumi.RunError(f"Istio {mesh.istio_version} has {what}: give them to one Mesh")


def refuse_revoked(given: GivenMesh) -> None:
    """Raise RefusedConfigurationError for revoked machines in a part.

    Nobody logs in to one, so the provider that has its Join in the state must know it, as in a Mesh. That is the
    control plane's, whose arguments have no machines; with one for each workload, each would run a plugin of its own.
    """
    problems = [
        Problem(
            ("workloads", 0, "machines", number, "revoked"),
            f"{machine.name} can't be revoked in a part: the plugin that takes its Join away is the control plane's, "
            "which knows no machines, and would log in to it",
            "control plane and workloads in one Mesh",
        )
        for number, machine in enumerate(given.configuration.workloads[0].machines)
        if machine.revoked
    ]
    if problems:
        raise RefusedAtOnceError(ConfigurationError(problems))


def refused(location: Location, wrong: str, remedy: str) -> RefusedAtOnceError:
    """The error for one thing that is wrong."""
    return RefusedAtOnceError(ConfigurationError([Problem(location, wrong, remedy)]))
