"""The program: the stack's configuration, checked, becomes a mesh with its machines."""

from pathlib import Path

import pulumi

from meshx.config.problems import ConfigurationError
from meshx.early_registration import begin_registrations
from meshx.mesh import Mesh
from meshx.providers import providers
from meshx.stack_configuration import read

pulumi.require_pulumi_version(">=3.250.0")

try:
    configuration = read(Path(__file__).parent)
    mesh = Mesh("mesh", {"configuration": configuration}, pulumi.ResourceOptions(providers=providers(configuration)))
except ConfigurationError as error:
    # The engine prints a RunError's text alone; a traceback would bury what the reader has to change.
    raise pulumi.RunError(str(error)) from None

pulumi.export("controlPlane", mesh.control_plane)
pulumi.export("machines", mesh.machines)
pulumi.export("services", mesh.services)
pulumi.export("exposed", mesh.exposed)
pulumi.export("topology", mesh.topology)
begin_registrations()
