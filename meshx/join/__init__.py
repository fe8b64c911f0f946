"""What a machine is given to join the mesh, as pure data: no Pulumi, no network, no files read."""
