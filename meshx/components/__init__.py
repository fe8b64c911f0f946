"""Pulumi components: what a mesh is made of."""
