"""The Pulumi components of a mesh."""
