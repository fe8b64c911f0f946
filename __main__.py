"""The program: the stack's configuration, checked, becomes a mesh with its machines."""

import os
import signal
from pathlib import Path

import pulumi

from meshx.mesh import Mesh
from meshx.stack.configuration_size import VARIABLE, bytes_taken, warning_of_size
from meshx.stack.resource_registration import begin_registrations
from meshx.stack.stack_configuration import read
from meshx.stack.tested_versions import warn_of_other_versions

PROJECT = Path(__file__).parent

# The engine interrupts the program once a resource has failed. Python would answer with a traceback above the reasons.
signal.signal(signal.SIGINT, signal.SIG_DFL)

pulumi.require_pulumi_version(">=3.250.0")
warn_of_other_versions(PROJECT / "requirements.txt")
if told := warning_of_size(bytes_taken(os.environ.get(VARIABLE, ""))):
    pulumi.log.warn(told)

mesh = Mesh("mesh", read(PROJECT))

pulumi.export("controlPlane", mesh.control_plane)
pulumi.export("machines", mesh.machines)
pulumi.export("services", mesh.services)
pulumi.export("exposed", mesh.exposed)
pulumi.export("topology", mesh.topology)
begin_registrations()
