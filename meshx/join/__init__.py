"""What a machine gets to join the mesh, as pure data: this package uses no Pulumi and no network, and reads no
files."""
