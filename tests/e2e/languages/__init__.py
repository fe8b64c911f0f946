"""Meshes in programs of other languages."""
