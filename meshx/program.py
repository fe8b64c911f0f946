"""The program of a stack that its file describes: the configuration, checked, becomes a mesh with its machines."""

import os
import signal
from pathlib import Path

import pulumi

from meshx.mesh import Mesh
from meshx.stack.configuration_size import VARIABLE, bytes_taken, warning_of_size
from meshx.stack.pinned_versions import PINS
from meshx.stack.resource_registration import begin_registrations
from meshx.stack.stack_configuration import read
from meshx.stack.tested_versions import warn_of_other_versions

OLDEST_ENGINE = "3.250.0"


def mesh_from_stack_file(project: Path) -> Mesh:
    """Make and export the mesh that the running stack's file describes; call it once, at the program's end.

    project: the project's folder, from which the configuration's relative paths start.
    Exports `controlPlane`, `machines`, `services`, `exposed` and `topology`. Raises pulumi.RunError with every problem
    of the configuration.
    """
    # The engine interrupts the program once a resource has failed. Python would answer with a traceback above the
    # reasons.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    pulumi.require_pulumi_version(f">={OLDEST_ENGINE}")
    warn_of_other_versions(PINS)
    if told := warning_of_size(bytes_taken(os.environ.get(VARIABLE, ""))):
        pulumi.log.warn(told)
    mesh = Mesh("mesh", read(project))
    pulumi.export("controlPlane", mesh.control_plane)
    pulumi.export("machines", mesh.machines)
    pulumi.export("services", mesh.services)
    pulumi.export("exposed", mesh.exposed)
    pulumi.export("topology", mesh.topology)
    begin_registrations()
    return mesh
