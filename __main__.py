"""The program: the stack's configuration, checked, becomes a mesh with its machines."""

from pathlib import Path

from meshx import mesh_from_stack_file

mesh_from_stack_file(Path(__file__).parent)
